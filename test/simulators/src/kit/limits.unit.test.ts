import { describe, expect, it } from "vitest";
import { createLimits } from "./limits.ts";

const perSecond = { perSecond: 2, burst: 4 };

describe("an account's limits", () => {
  it("count what was let through and what was turned away, each account by itself", () => {
    const limits = createLimits(1, () => 0);
    const bucket = limits.bucket("acme", "getOrders", perSecond);
    const taken = Array.from({ length: 6 }, () => bucket.take());
    expect(taken).toEqual([true, true, true, true, false, false]);
    limits.bucket("other", "getOrders", perSecond).take();
    expect(limits.list("acme")).toEqual([{ name: "getOrders", ...perSecond, spent: 4, refused: 2 }]);
    expect(limits.list("other")).toMatchObject([{ spent: 1, refused: 0 }]);
    expect(limits.list("nobody")).toEqual([]);
  });

  it("are the same bucket however often they are asked for", () => {
    const limits = createLimits(1, () => 0);
    for (let call = 0; call < 4; call += 1) expect(limits.bucket("acme", "feeds", perSecond).take()).toBe(true);
    expect(limits.bucket("acme", "feeds", perSecond).take()).toBe(false);
  });

  it("count cost points, less those given back", () => {
    const limits = createLimits(1, () => 0);
    const bucket = limits.bucket("acme", "graphql", { perSecond: 100, burst: 2_000 });
    bucket.take(300);
    bucket.give(250);
    expect(limits.list("acme")).toMatchObject([{ spent: 50 }]);
    expect(bucket.available()).toBe(1_950);
  });

  it("are multiplied by the factor", () => {
    const limits = createLimits(10, () => 0);
    limits.bucket("acme", "getOrders", perSecond);
    limits.daily("acme", "calls", 5_000);
    expect(limits.list("acme")).toMatchObject([
      { name: "getOrders", perSecond: 20, burst: 40 },
      { name: "calls", perSecond: 0, burst: 50_000 },
    ]);
  });

  it("by the day start anew at midnight UTC, and not before", () => {
    let now = Date.parse("2026-11-21T23:59:58Z");
    const calls = createLimits(1, () => now).daily("acme", "calls", 2);
    expect([calls.take(), calls.take(), calls.take()]).toEqual([true, true, false]);
    now = Date.parse("2026-11-21T23:59:59.999Z");
    expect(calls.take()).toBe(false);
    now = Date.parse("2026-11-22T00:00:00Z");
    expect([calls.available(), calls.take()]).toEqual([2, true]);
  });

  it("by the day can be drained and given back", () => {
    const calls = createLimits(1, () => 0).daily("acme", "calls", 3);
    calls.drain();
    expect(calls.take()).toBe(false);
    calls.give(1);
    expect([calls.take(), calls.take()]).toEqual([true, false]);
  });
});
