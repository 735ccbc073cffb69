import type { ChannelError } from "@lastunit/adapter-contract";
import type { JobResult } from "@lastunit/queues";
import { REVISIONS_SPENT } from "@lastunit/store";
import type { AnsweredOutcome } from "./told.ts";

/** How often a listing is tried again at once because the channel's number had moved, before the queue backs off. */
export const MAX_ROUNDS = 3;

/** A listing whose revisions are spent; the budget, which is empty then, may hold it longer. */
const SPENT_LOOK_AGAIN_MS = 15 * 60_000;

/** What becomes of one job after its call was answered. */
export type Decision =
  | JobResult
  /** Claimed and sent again at once, with what was learned. */
  | { readonly status: "again" };

/**
 * What a job does from its listing's outcome. `stale`: the channel's number had moved, so its sales are asked for
 * (`pollNow`) and the newest target goes out again under a new key.
 */
export function decideOutcome(outcome: AnsweredOutcome, round: number): { decision: Decision; pollNow: boolean } {
  switch (outcome.status) {
    case "accepted":
      return { decision: { status: "done" }, pollNow: false };
    case "rejected":
      return { decision: { status: "dead", reason: `${outcome.code}: ${outcome.message}` }, pollNow: false };
    case "retry":
      if (outcome.code === REVISIONS_SPENT) {
        return { decision: { status: "later", delayMs: SPENT_LOOK_AGAIN_MS }, pollNow: false };
      }
      return { decision: { status: "retry", reason: `${outcome.code}: ${outcome.message}` }, pollNow: false };
    case "stale": {
      const reason = "the channel's quantity keeps moving";
      const again = outcome.actual !== null && round < MAX_ROUNDS;
      return { decision: again ? { status: "again" } : { status: "retry", reason }, pollNow: true };
    }
  }
}

/** What happens when a call failed as a whole; the same for every listing in it. */
export type FailureDecision =
  /** Nobody makes such a call to this channel for that long; no attempt is spent. */
  | { readonly action: "hold"; readonly holdMs: number }
  /** Each listing goes alone, to find the one the channel refuses. */
  | { readonly action: "split" }
  /** Refused for good. */
  | { readonly action: "dead" }
  /** The channel's queue stops until the merchant connected it again. */
  | { readonly action: "reconnect"; readonly reason: string }
  /** Whether the call took effect is unknown; the newest value is sent after the queue's back-off. */
  | { readonly action: "retry" };

const FIRST_HOLD_MS = 1_000;
const MAX_HOLD_MS = 60_000;

interface Throttling {
  /** How often the channel throttled us since the last call it took whole, this time included. */
  readonly throttledInRow: number;
  /** 0 to 1, for the back-off when the channel named no time. */
  readonly jitter: number;
}

/** How long nobody makes calls of a kind that the channel throttled, in milliseconds. */
export function holdAfterThrottle(retryAfterMs: number | undefined, { throttledInRow, jitter }: Throttling): number {
  return retryAfterMs ?? Math.min(FIRST_HOLD_MS * 2 ** (throttledInRow - 1), MAX_HOLD_MS) * (0.5 + jitter / 2);
}

/** What follows from a failed call. */
export function decideFailure(
  error: ChannelError,
  context: Throttling & { readonly listings: number },
): FailureDecision {
  switch (error.failure) {
    case "rate_limited":
      return { action: "hold", holdMs: holdAfterThrottle(error.retryAfterMs, context) };
    case "unauthorized":
      return { action: "reconnect", reason: error.message };
    case "rejected":
      return { action: context.listings > 1 ? "split" : "dead" };
    case "unavailable":
      return { action: "retry" };
  }
}
