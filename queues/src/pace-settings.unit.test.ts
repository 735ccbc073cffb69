import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityOf, limiterSettings } from "./pace-settings.ts";

const limits = fc.record({
  perSecond: fc.double({ min: 0.001, max: 2_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 20_000 }),
});

describe("limiter settings", () => {
  it("refill a bucket in whole calls, in as many tenths of a second as that takes", () => {
    expect(limiterSettings({ perSecond: 1 / 60, burst: 20 })).toMatchObject({
      reservoir: 19,
      reservoirIncreaseInterval: 60_000,
      reservoirIncreaseAmount: 1,
      reservoirIncreaseMaximum: 19,
    });
    expect(limiterSettings({ perSecond: 200 / 60, burst: 200 })).toMatchObject({
      reservoirIncreaseInterval: 300,
      reservoirIncreaseAmount: 1,
    });
    expect(limiterSettings({ perSecond: 100, burst: 2_000 })).toMatchObject({
      reservoirIncreaseInterval: 100,
      reservoirIncreaseAmount: 10,
    });
  });

  it("keep back what flows in within a quarter of a second, for calls that arrive early", () => {
    expect(limiterSettings({ perSecond: 100, burst: 2_000 }).reservoir).toBe(1_975);
    expect(capacityOf({ perSecond: 100, burst: 2_000 })).toBe(1_975);
    expect(capacityOf({ perSecond: 5, burst: 1 })).toBe(1);
  });

  it("space calls evenly where one refill would be too much of the burst", () => {
    expect(limiterSettings({ perSecond: 5, burst: 1 })).toMatchObject({ minTime: 200, reservoir: null });
    expect(limiterSettings({ perSecond: 5, burst: 4 })).toMatchObject({ minTime: 0, reservoir: 2 });
  });

  it("never let more through than the burst, also when a refill follows at once, and what flows back", () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const settings = limiterSettings(limit);
        const perSecond =
          settings.reservoir === null
            ? 1_000 / settings.minTime
            : ((settings.reservoirIncreaseAmount ?? 0) * 1_000) / (settings.reservoirIncreaseInterval ?? Infinity);
        expect(perSecond).toBeLessThanOrEqual(limit.perSecond * 1.000_001);
        const refill = settings.reservoirIncreaseAmount ?? 0;
        expect((settings.reservoirIncreaseMaximum ?? 1) + refill).toBeLessThanOrEqual(limit.burst);
        expect(perSecond).toBeGreaterThan(0);
      }),
    );
  });

  it("give away at most a twentieth of the rate, but for the whole milliseconds of spaced calls", () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const {
          reservoir,
          reservoirIncreaseAmount: amount,
          reservoirIncreaseInterval: everyMs,
        } = limiterSettings(limit);
        fc.pre(reservoir !== null);
        expect(((amount ?? 0) * 1_000) / (everyMs ?? Infinity)).toBeGreaterThanOrEqual(limit.perSecond * 0.949);
      }),
    );
  });
});
