import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { history, hung, often, rarely, twinHeardFirst, undidEachOther } from "./convergence/steps.ts";
import { openWorld } from "./convergence/world.ts";
import { listing, useSharedStore } from "./fixtures.ts";

/** One for all worlds: the store follows one log. */
const its = useSharedStore();

/** `RUNS=2000 npm test -- store/test/convergence` looks longer. */
const RUNS = Number(process.env["RUNS"] ?? 15);
/** Each history is some hundred statements, which take a second; on a busy machine, ten. */
const TIMEOUT_MS = 60_000 + RUNS * 10_000;

const channels = [
  ["that compares before it sets", { comparesAndSets: true }],
  ["that is read before it is raised", { comparesAndSets: false }],
  ["that may or may not put back what is cancelled", { comparesAndSets: false, restocksCancelled: false }],
  ["that applies later what it accepted", { comparesAndSets: false, appliesWithinMs: 12_000 }],
] as const;

describe.each(channels)("a channel %s", { timeout: TIMEOUT_MS }, (_what, told) => {
  it.each([
    ["", 1],
    [", on two listings of one SKU", 2],
  ])("shows what is desired once everything is heard, whatever happened in between%s", async (_which, listings) => {
    await fc.assert(
      fc.asyncProperty(history(...often, ...rarely), async (steps) => {
        const world = await openWorld(its, told, listings);
        for (const next of steps) await world.take(next);
        await world.comeToRest();
        for (const shelf of world.shelves) {
          const { desired, shown, unseenUnits } = await listing(its.pool, shelf.listingId);
          expect({ actual: shelf.actual, shown, unseenUnits }).toEqual({
            actual: desired,
            shown: desired,
            unseenUnits: 0,
          });
        }
      }),
      { numRuns: RUNS, examples: [[hung], [undidEachOther]] },
    );
  });
});

describe.each(channels.slice(0, 2))("a channel %s", { timeout: TIMEOUT_MS }, (_what, told) => {
  it("is never raised over a sale that was not heard of, where it was known what it showed before", async () => {
    await fc.assert(
      fc.asyncProperty(history(...often), async (steps) => {
        const world = await openWorld(its, told, 1);
        for (const next of steps) await world.take(next);
        expect(world.undone).toBe(0);
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it("keeps off each of two listings of one SKU what was found missing there, until its own sale is heard", async () => {
    await fc.assert(
      fc.asyncProperty(history(...often), async (steps) => {
        const world = await openWorld(its, told, 2);
        for (const next of steps) {
          await world.take(next);
          expect(await world.offeredTooEarly()).toEqual([]);
        }
      }),
      { numRuns: RUNS, examples: [[twinHeardFirst]] },
    );
  });
});
