import { ChannelError } from "./errors.ts";
import type { UpdateOutcome } from "./inventory.ts";

/** How a channel takes many quantities as one job of its own, worked off later (Amazon, Walmart). */
export interface FeedCapability {
  /** From how many waiting listings on a feed is better than single calls. */
  readonly from: number;
  /** Listings in one feed. */
  readonly listings: number;
}

/** What is known of a feed that was submitted. */
export type FeedReport =
  /** Still being worked off; ask again after that time, in milliseconds. */
  | { readonly status: "open"; readonly askAgainMs: number }
  /** One outcome per update it was submitted with, in that order. */
  | { readonly status: "done"; readonly outcomes: readonly UpdateOutcome[] };

/** The code of rows whose feed the adapter no longer waits for; the channel may still work them off. */
export const FEED_STUCK = "feed_stuck";

/** The code of a feed that the channel was not even handed, so that it certainly has not taken it. */
export const NOT_SUBMITTED = "not_submitted";

/** Says of what failed before a feed was handed over that the channel has not taken it; other errors are given back. */
export function notSubmitted(error: unknown): unknown {
  if (!(error instanceof ChannelError) || error.failure !== "unavailable") return error;
  const { httpStatus, message } = error;
  const detail = { code: NOT_SUBMITTED, httpStatus };
  return new ChannelError("unavailable", `The feed was not submitted: ${message}`, detail);
}
