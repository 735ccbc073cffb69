import type { PaceLimit, PaceLimits } from "@lastunit/adapter-contract";

/** eBay's calls a day and application where it granted no more (eBay docs: API call limits), and how many may go at once. */
const perDay = {
  inventory: { calls: 2_000_000, burst: 10_000 },
  fulfillment: { calls: 100_000, burst: 10_000 },
  notification: { calls: 10_000, burst: 1_000 },
  trading: { calls: 5_000, burst: 500 },
  analytics: { calls: 5_000, burst: 500 },
} as const;
export type Bucket = keyof typeof perDay;

const DAY_SECONDS = 86_400;

/**
 * The rate is the day's share of a second, so that the day's limit can't be passed; the burst is taken off the day
 * first, so that a flash sale is not held up.
 */
function paced(calls: number, burst: number): PaceLimit {
  return { perSecond: (calls - burst) / DAY_SECONDS, burst };
}

export const limits = {
  inventory: paced(perDay.inventory.calls, perDay.inventory.burst),
  fulfillment: paced(perDay.fulfillment.calls, perDay.fulfillment.burst),
  notification: paced(perDay.notification.calls, perDay.notification.burst),
  trading: paced(perDay.trading.calls, perDay.trading.burst),
  analytics: paced(perDay.analytics.calls, perDay.analytics.burst),
} satisfies PaceLimits;

/** What eBay says of a bucket. */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** When the day begins anew, ISO 8601. */
  readonly resetsAt: string;
}

/** A seller's revisions by the Trading API end at 1,200 within half a minute, whatever the day's limit (eBay KB 2137). */
const TRADING_AT_ONCE = 700;

/** The pace for what eBay grants this application, which may be more than its default, and for what is left of it. */
export function paceOf(bucket: Bucket, { limit, remaining }: Quota): PaceLimit & { readonly remaining: number } {
  const { calls, burst } = perDay[bucket];
  const scaled = Math.max(1, Math.floor((burst * limit) / calls));
  const pace = paced(limit, bucket === "trading" ? Math.min(scaled, TRADING_AT_ONCE) : scaled);
  return { ...pace, remaining: Math.min(remaining, pace.burst) };
}
