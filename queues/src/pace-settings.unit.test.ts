import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limiterSettings } from "./pace-settings.ts";

describe("limiter settings", () => {
  it("refill a clustered bucket in whole calls, in as many steps as that takes", () => {
    expect(limiterSettings({ perSecond: 1 / 60, burst: 20 }, { clustered: true })).toMatchObject({
      reservoir: 19,
      reservoirIncreaseInterval: 60_000,
      reservoirIncreaseAmount: 1,
      reservoirIncreaseMaximum: 19,
    });
    expect(limiterSettings({ perSecond: 100 / 60, burst: 100 }, { clustered: true })).toMatchObject({
      reservoirIncreaseInterval: 3_000,
      reservoirIncreaseAmount: 5,
    });
  });

  it("space calls evenly where one refill would be too much of the burst", () => {
    expect(limiterSettings({ perSecond: 5, burst: 2 }, { clustered: true })).toMatchObject({
      minTime: 200,
      reservoir: null,
    });
    expect(limiterSettings({ perSecond: 5, burst: 4 }, { clustered: false })).toMatchObject({
      minTime: 0,
      reservoir: 2,
      reservoirIncreaseAmount: 1.25,
    });
  });

  it("never let more through than the burst, also when a refill follows at once, and what flows back", () => {
    const limits = fc.record({
      perSecond: fc.double({ min: 0.001, max: 2_000, noNaN: true }),
      burst: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(limits, fc.boolean(), (limit, clustered) => {
        const settings = limiterSettings(limit, { clustered });
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
});
