import type { PaceLimits } from "@lastunit/adapter-contract";

const perMinute = (calls: number) => ({ perSecond: calls / 60, burst: calls });
const perHour = (calls: number) => ({ perSecond: calls / 3_600, burst: calls });

/**
 * Walmart counts per seller and endpoint, in token buckets that refill gradually.
 * Source: Walmart Marketplace docs, "Rate limiting", numbers of August 2026.
 */
export const limits = {
  inventory_read: perMinute(200),
  inventory_write: perMinute(200),
  inventory_list: perMinute(200),
  /** 300 a minute without query parameters, 60 with them; an import always has them. */
  items: perMinute(60),
  item: perMinute(900),
  orders: perMinute(5_000),
  order: perMinute(5_000),
  returns: perMinute(50),
  ship_nodes: perMinute(50),
  partner_profile: perMinute(50),
  feed_submit: perHour(50),
  feed_status: perMinute(5_000),
  /** Prices and promotions are written to one address. Whether they are counted apart is not documented. */
  price_write: perHour(100),
  promotions_read: perMinute(1_000),
  event_types: perMinute(5),
  subscriptions_read: perMinute(50),
  subscriptions_create: perMinute(200),
  subscriptions_update: perMinute(5),
} as const satisfies PaceLimits;

export type Bucket = keyof typeof limits;
