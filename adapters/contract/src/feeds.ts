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
