import { describe, expect, it } from "vitest";
import { createBucket } from "./bucket.ts";

describe("a token bucket", () => {
  it("gives its whole burst at once and refuses one more", () => {
    const bucket = createBucket({ perSecond: 1, burst: 3 }, 1, () => 0);
    expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
  });

  it("refills at its rate and never above its burst", () => {
    let now = 0;
    const bucket = createBucket({ perSecond: 2, burst: 3 }, 1, () => now);
    bucket.drain();
    now = 499;
    expect(bucket.take()).toBe(false);
    now = 500;
    expect(bucket.take()).toBe(true);
    now = 1_000_000;
    expect(bucket.available()).toBe(3);
  });

  it("takes nothing when the cost is more than what is left", () => {
    const bucket = createBucket({ perSecond: 1, burst: 10 }, 1, () => 0);
    expect(bucket.take(11)).toBe(false);
    expect(bucket.take(10)).toBe(true);
  });

  it("takes back what a call did not need, up to its burst", () => {
    const bucket = createBucket({ perSecond: 1, burst: 10 }, 1, () => 0);
    bucket.take(4);
    bucket.give(3);
    expect(bucket.available()).toBe(9);
    bucket.give(3);
    expect(bucket.available()).toBe(10);
  });

  it("multiplies rate and burst by the scale", () => {
    expect(createBucket({ perSecond: 5, burst: 10 }, 3).limit).toEqual({ perSecond: 15, burst: 30 });
  });
});
