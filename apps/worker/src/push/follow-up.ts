import type { ChannelError, UpdateOutcome } from "@lastunit/adapter-contract";
import type { OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import type { Batcher, PushItem } from "./batcher.ts";
import { release, settle, type Claim } from "./claims.ts";
import { decideFailure, decideOutcome, holdAfterThrottle } from "./decide.ts";
import type { Restraint } from "./restraint.ts";
import { partOutcomes, type Answer, type Throttled } from "./told.ts";

/** After refused credentials, until the supervisor has stopped this pusher. */
const RECONNECT_HOLD_MS = 5_000;

/** A call that was made, as to what it may have written. */
export interface MadeCall {
  readonly requestedAt: Date;
  /** Whether it may have written at all. */
  readonly isWrite: boolean;
  /** Whether an earlier try of it got no answer, so that it may have taken effect whatever this one was told. */
  readonly isRepeat: boolean;
}

/** What follows from a call: for its claims, for their jobs, and for the lane. */
export interface FollowUp {
  /** The channel answered for each listing; what its limit turned away waits. */
  answered(claims: readonly Claim[], outcomes: readonly UpdateOutcome[], call: MadeCall): Promise<void>;
  /** Keeps what became of each listing, then answers its job. */
  keep(answers: readonly Answer[], requestedAt: Date): Promise<void>;
  /** The call failed as a whole. */
  failed(error: ChannelError, claims: readonly Claim[], call: MadeCall): Promise<void>;
  /** They wait in the queue until the lane may call again. */
  putBack(claims: readonly Claim[], call: MadeCall): Promise<void>;
}

/**
 * @param options.again puts a job back for a call of the lane.
 * @param options.hold lets nobody make a call of the lane until it may, and gives the jobs back without spending an attempt.
 * @param options.onUnauthorized is told when the channel refused our credentials; the lane is held meanwhile.
 */
export function createFollowUp(
  { store, queues }: WorkerParts,
  { channel: { channelId }, log }: OpenChannel,
  options: {
    readonly restraint: Restraint;
    readonly again: Batcher["again"];
    readonly hold: (items: readonly PushItem[]) => Promise<void>;
    readonly onUnauthorized: OnUnauthorized;
  },
): FollowUp {
  const { restraint, again, hold, onUnauthorized } = options;

  /** What the channel took stands; what its limit turned away keeps the lane from calling. */
  function heed(throttled: readonly Throttled[]): void {
    if (throttled.length === 0) return restraint.tookAll();
    const throttledInRow = restraint.throttled();
    const retryAfterMs = Math.max(...throttled.map(({ outcome }) => outcome.retryAfterMs ?? 0)) || undefined;
    const holdMs = holdAfterThrottle(retryAfterMs, { throttledInRow, jitter: Math.random() });
    log.warn({ listings: throttled.length, hold_ms: holdMs }, "the channel throttled a part of a push");
    restraint.keepQuiet(holdMs);
  }

  async function putBack(claims: readonly Claim[], call: MadeCall): Promise<void> {
    await unclaim(claims, call);
    await hold(claims.map(({ item }) => item));
  }

  /** The channel turned the call away, so nothing was written, unless an earlier try got no answer. */
  async function unclaim(claims: readonly Claim[], call: MadeCall): Promise<void> {
    if (!call.isRepeat) return release(store, claims);
    await lose(claims, "an earlier try got no answer", call.requestedAt);
  }

  /** Whether it was written is unknown. */
  function lose(claims: readonly Claim[], message: string, requestedAt: Date): Promise<void> {
    const lost = claims.map((one) => ({ claim: one, outcome: { status: "failed", message } as const }));
    return settle(store, lost, requestedAt);
  }

  async function keep(answers: readonly Answer[], requestedAt: Date): Promise<void> {
    if (answers.length === 0) return;
    await settle(store, answers, requestedAt);
    const decided = answers.map(({ claim: { item }, outcome }) => ({ item, ...decideOutcome(outcome, item.round) }));
    for (const { item, decision } of decided) {
      if (decision.status === "again") again(item);
      else item.answer(decision);
    }
    if (decided.some(({ pollNow }) => pollNow)) await queues.pollNow(channelId);
  }

  return {
    keep,
    putBack,
    async answered(claims, outcomes, call) {
      restraint.answered();
      const { answers, throttled } = partOutcomes(claims, outcomes);
      heed(throttled);
      await keep(answers, call.requestedAt);
      const turnedAway = throttled.map((one) => one.claim);
      if (turnedAway.length > 0) await putBack(turnedAway, call);
    },
    async failed(error, claims, call) {
      const { code, message, failure } = error;
      const throttledInRow = failure === "rate_limited" ? restraint.throttled() : 0;
      const decision = decideFailure(error, { listings: claims.length, throttledInRow, jitter: Math.random() });
      log.warn({ failure, code, listings: claims.length, action: decision.action }, message);
      const items = claims.map(({ item }) => item);
      switch (decision.action) {
        case "hold":
          restraint.keepQuiet(decision.holdMs);
          return putBack(claims, call);
        case "reconnect":
          await onUnauthorized(decision.reason);
          restraint.keepQuiet(RECONNECT_HOLD_MS);
          return putBack(claims, call);
        case "split":
          await unclaim(claims, call);
          for (const item of items) again(item, { alone: true });
          return;
        case "dead":
          return keep(
            claims.map((one) => ({ claim: one, outcome: { status: "rejected", code, message } })),
            call.requestedAt,
          );
        case "retry":
          if (call.isWrite) {
            restraint.failed();
            await lose(claims, `${code}: ${message}`, call.requestedAt);
          } else await release(store, claims);
          for (const item of items) item.answer({ status: "retry", reason: `${code}: ${message}` });
      }
    },
  };
}
