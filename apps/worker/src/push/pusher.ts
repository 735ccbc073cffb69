import type { ChannelError, UpdateOutcome } from "@lastunit/adapter-contract";
import type { JobResult } from "@lastunit/queues";
import { callContext, channelErrorOf, twice } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { createBatcher, type PushItem } from "./batcher.ts";
import { createBreaker } from "./breaker.ts";
import { claim, release, settle, type Claim } from "./claims.ts";
import { decideFailure, decideOutcome } from "./decide.ts";
import { isRaise, outcomeOfRead } from "./read-first.ts";

/** Calls with full batches that may be under way side by side. */
const MAX_CALLS = 4;
const MAX_CONCURRENCY = 500;
/** After refused credentials, until the supervisor has stopped this pusher. */
const RECONNECT_HOLD_MS = 5_000;
const HELD: JobResult = { status: "held" };

/** Pushes one channel's listings for as long as the channel is active. */
export interface Pusher {
  /** Takes no more jobs, lets the calls under way end, and gives the other jobs back. */
  close(): Promise<void>;
}

interface Answer {
  readonly claim: Claim;
  readonly outcome: UpdateOutcome;
}

/**
 * Runs a channel's push queue: jobs are gathered into calls, and the newest target of each listing is read right
 * before its call.
 * @param onUnauthorized is told when the channel refused our credentials; the queue is held meanwhile.
 */
export function startPusher(
  parts: WorkerParts,
  open: OpenChannel,
  onUnauthorized: (reason: string) => Promise<void>,
): Pusher {
  const { session, pacer, log } = open;
  const { channelId } = open.channel;
  const { listingsPerCall, comparesAndSets } = open.adapter.capabilities;
  const breaker = createBreaker();
  let throttledInRow = 0;
  let quietUntil = 0;

  const batcher = createBatcher({
    batchSize: listingsPerCall,
    maxCalls: () => (breaker.isClosed() ? MAX_CALLS : 1),
    send: (items) => send(items).catch((error: unknown) => giveBack(items, error)),
  });
  const worker = parts.queues.workPushes(
    channelId,
    ({ listingId }, { priority }) => batcher.add({ listingId, priority }),
    { concurrency: Math.min(2 * MAX_CALLS + 2 * listingsPerCall, MAX_CONCURRENCY) },
  );

  async function send(items: readonly PushItem[]): Promise<void> {
    const now = Date.now();
    const waitMs = Math.max(quietUntil - now, breaker.waitMs(now));
    if (waitMs > 0) return hold(waitMs, items);
    // The later a target is read, the newer it is: not before earlier calls have had their turn.
    await pacer.whenClear();
    const claims = await claim(parts.store, channelId, items);
    const toPush = comparesAndSets ? claims : await withoutMoved(claims);
    if (toPush.length > 0) await push(toPush);
  }

  /** Reads the listings that would be raised, and answers those the channel shows otherwise than believed. */
  async function withoutMoved(claims: readonly Claim[]): Promise<Claim[]> {
    const raises = claims.filter(({ update }) => isRaise(update));
    if (raises.length === 0) return [...claims];
    const requestedAt = new Date();
    const call = callContext({ stopping: parts.stopping, log });
    const listings = raises.map(({ update }) => update.listing);
    let moved: Answer[];
    try {
      const reads = await twice(call, () => session.readInventory(listings, call));
      moved = raises.flatMap((raise, index): Answer[] => {
        const read = reads[index];
        const outcome = read && outcomeOfRead(read, raise.update.expected);
        return outcome ? [{ claim: raise, outcome }] : [];
      });
    } catch (error) {
      await failed(channelErrorOf(error), claims, { requestedAt, mayHaveWritten: false });
      return [];
    }
    await answer(moved, requestedAt);
    const answered = new Set(moved.map((one) => one.claim));
    return claims.filter((one) => !answered.has(one));
  }

  async function push(claims: readonly Claim[]): Promise<void> {
    const requestedAt = new Date();
    const call = callContext({ stopping: parts.stopping, log });
    const updates = claims.map(({ update }) => update);
    let outcomes: readonly UpdateOutcome[];
    try {
      outcomes = await twice(call, () => session.pushInventory(updates, call));
    } catch (error) {
      return failed(channelErrorOf(error), claims, { requestedAt, mayHaveWritten: true });
    }
    throttledInRow = 0;
    breaker.succeeded();
    const leftOut: UpdateOutcome = { status: "retry", code: "left_out", message: "The channel did not answer for it." };
    const answers = claims.map((one, index) => ({ claim: one, outcome: outcomes[index] ?? leftOut }));
    await answer(answers, requestedAt);
  }

  /** Keeps what became of each listing, then answers its job. */
  async function answer(answers: readonly Answer[], requestedAt: Date): Promise<void> {
    if (answers.length === 0) return;
    await settle(parts.store, answers, requestedAt);
    const decided = answers.map(({ claim: { item }, outcome }) => ({ item, ...decideOutcome(outcome, item.round) }));
    for (const { item, decision } of decided) {
      if (decision.status === "again") batcher.again(item);
      else item.answer(decision);
    }
    if (decided.some(({ pollNow }) => pollNow)) await parts.queues.pollNow(channelId);
  }

  async function failed(
    error: ChannelError,
    claims: readonly Claim[],
    call: { readonly requestedAt: Date; readonly mayHaveWritten: boolean },
  ): Promise<void> {
    const { code, message, failure } = error;
    if (failure === "rate_limited") throttledInRow += 1;
    const decision = decideFailure(error, { listings: claims.length, throttledInRow, jitter: Math.random() });
    log.warn({ failure, code, listings: claims.length, action: decision.action }, message);
    const items = claims.map(({ item }) => item);
    const lost = (one: Claim) => ({
      claim: one,
      outcome: { status: "failed", message: `${code}: ${message}` } as const,
    });
    switch (decision.action) {
      case "hold":
        await release(parts.store, claims);
        return hold(decision.holdMs, items);
      case "reconnect":
        await release(parts.store, claims);
        await onUnauthorized(decision.reason);
        return hold(RECONNECT_HOLD_MS, items);
      case "split":
        await release(parts.store, claims);
        for (const item of items) batcher.again(item, { alone: true });
        return;
      case "dead":
        return answer(
          claims.map((one) => ({ claim: one, outcome: { status: "rejected", code, message } })),
          call.requestedAt,
        );
      case "retry":
        breaker.failed(Date.now());
        if (call.mayHaveWritten) await settle(parts.store, claims.map(lost), call.requestedAt);
        else await release(parts.store, claims);
        for (const item of items) item.answer({ status: "retry", reason: `${code}: ${message}` });
    }
  }

  /** No call to this channel until then, by anybody; the jobs go back without spending an attempt. */
  async function hold(holdMs: number, items: readonly PushItem[]): Promise<void> {
    quietUntil = Math.max(quietUntil, Date.now() + holdMs);
    try {
      await worker.hold(holdMs);
    } finally {
      for (const item of items) item.answer(HELD);
      batcher.answerWaiting(HELD);
    }
  }

  function giveBack(items: readonly PushItem[], error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ error: reason }, "a batch of pushes could not be handled");
    for (const item of items) item.answer({ status: "retry", reason });
  }

  return {
    async close() {
      const closed = worker.close();
      await batcher.close(HELD);
      await closed;
    },
  };
}
