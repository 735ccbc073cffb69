import type { ChannelError, UpdateOutcome } from "@lastunit/adapter-contract";
import type { JobResult } from "@lastunit/queues";
import { callContext, channelErrorOf, twice } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { createBatcher, type PushItem } from "./batcher.ts";
import { createBreaker } from "./breaker.ts";
import { claim, release, settle, type Claim } from "./claims.ts";
import { decideFailure, decideOutcome, holdAfterThrottle } from "./decide.ts";
import { isRaise, outcomeOfRead } from "./read-first.ts";
import { partOutcomes, type Answer, type Throttled } from "./told.ts";

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

/** A call that was made, as to what it may have written. */
interface MadeCall {
  readonly requestedAt: Date;
  /** Whether it writes at all. */
  readonly isWrite: boolean;
  /** Whether an earlier try of it got no answer, so that it may have taken effect whatever this one was told. */
  readonly isRepeat: boolean;
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
      await failed(channelErrorOf(error), claims, { requestedAt, isWrite: false, isRepeat: false });
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
    let tries = 0;
    const write = () => {
      tries += 1;
      return session.pushInventory(updates, call);
    };
    try {
      outcomes = await twice(call, write);
    } catch (error) {
      return failed(channelErrorOf(error), claims, { requestedAt, isWrite: true, isRepeat: tries > 1 });
    }
    breaker.succeeded();
    const { answers, throttled } = partOutcomes(claims, outcomes);
    const holdMs = heldFor(throttled);
    await answer(answers, requestedAt);
    const turnedAway = throttled.map((one) => one.claim);
    if (holdMs > 0) await putBack(turnedAway, holdMs, { requestedAt, isWrite: true, isRepeat: tries > 1 });
  }

  /** What the channel took stands; for what its limit turned away the queue is held: for how long, 0 when nothing was. */
  function heldFor(throttled: readonly Throttled[]): number {
    throttledInRow = throttled.length > 0 ? throttledInRow + 1 : 0;
    if (throttledInRow === 0) return 0;
    const retryAfterMs = Math.max(...throttled.map(({ outcome }) => outcome.retryAfterMs ?? 0)) || undefined;
    const holdMs = holdAfterThrottle(retryAfterMs, { throttledInRow, jitter: Math.random() });
    log.warn({ listings: throttled.length, hold_ms: holdMs }, "the channel throttled a part of a push");
    keepQuiet(holdMs);
    return holdMs;
  }

  /** At once, before what was answered is kept or given back: no call may start meanwhile. */
  function keepQuiet(holdMs: number): void {
    quietUntil = Math.max(quietUntil, Date.now() + holdMs);
  }

  /** These wait in the queue until the channel may be called again. */
  async function putBack(claims: readonly Claim[], holdMs: number, call: MadeCall): Promise<void> {
    keepQuiet(holdMs);
    await unclaim(claims, call);
    await hold(
      holdMs,
      claims.map(({ item }) => item),
    );
  }

  /** The channel turned the call away, so nothing was written, unless an earlier try got no answer. */
  async function unclaim(claims: readonly Claim[], call: MadeCall): Promise<void> {
    if (!call.isRepeat) return release(parts.store, claims);
    await lose(claims, "an earlier try got no answer", call.requestedAt);
  }

  /** Whether it was written is unknown. */
  function lose(claims: readonly Claim[], message: string, requestedAt: Date): Promise<void> {
    const lost = claims.map((one) => ({ claim: one, outcome: { status: "failed", message } as const }));
    return settle(parts.store, lost, requestedAt);
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

  async function failed(error: ChannelError, claims: readonly Claim[], call: MadeCall): Promise<void> {
    const { code, message, failure } = error;
    if (failure === "rate_limited") throttledInRow += 1;
    const decision = decideFailure(error, { listings: claims.length, throttledInRow, jitter: Math.random() });
    log.warn({ failure, code, listings: claims.length, action: decision.action }, message);
    const items = claims.map(({ item }) => item);
    switch (decision.action) {
      case "hold":
        return putBack(claims, decision.holdMs, call);
      case "reconnect":
        await onUnauthorized(decision.reason);
        return putBack(claims, RECONNECT_HOLD_MS, call);
      case "split":
        await unclaim(claims, call);
        for (const item of items) batcher.again(item, { alone: true });
        return;
      case "dead":
        return answer(
          claims.map((one) => ({ claim: one, outcome: { status: "rejected", code, message } })),
          call.requestedAt,
        );
      case "retry":
        breaker.failed(Date.now());
        if (call.isWrite) await lose(claims, `${code}: ${message}`, call.requestedAt);
        else await release(parts.store, claims);
        for (const item of items) item.answer({ status: "retry", reason: `${code}: ${message}` });
    }
  }

  /** No call to this channel until then, by anybody; the jobs go back without spending an attempt. */
  async function hold(holdMs: number, items: readonly PushItem[]): Promise<void> {
    keepQuiet(holdMs);
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
