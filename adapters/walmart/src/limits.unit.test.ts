import { describe, expect, it } from "vitest";
import { limits, type Bucket } from "./limits.ts";

const MINUTE = 60;
const HOUR = 3_600;

describe("the pace of calls", () => {
  it.each<[Bucket, number, number]>([
    ["inventory_read", 200, MINUTE],
    ["inventory_write", 200, MINUTE],
    ["inventory_list", 200, MINUTE],
    ["items", 60, MINUTE],
    ["item", 900, MINUTE],
    ["orders", 5_000, MINUTE],
    ["order", 5_000, MINUTE],
    ["returns", 50, MINUTE],
    ["ship_nodes", 50, MINUTE],
    ["partner_profile", 50, MINUTE],
    ["feed_submit", 50, HOUR],
    ["feed_status", 5_000, MINUTE],
    ["price_write", 100, HOUR],
    ["promotions_read", 1_000, MINUTE],
    ["event_types", 5, MINUTE],
    ["subscriptions_read", 50, MINUTE],
    ["subscriptions_create", 200, MINUTE],
    ["subscriptions_update", 5, MINUTE],
  ])("of %s is the documented one: %i in %i seconds, refilled gradually", (bucket, calls, seconds) => {
    expect(limits[bucket].burst).toBe(calls);
    expect(limits[bucket].perSecond).toBeCloseTo(calls / seconds);
  });
});
