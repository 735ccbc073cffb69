import { ChannelError, type ListingRef, type UpdateOutcome } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { openNocked } from "@lastunit/adapter-contract/nocked";
import { adapterOf } from "@lastunit/adapters";
import { startShopifySimulator } from "@lastunit/simulators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ordinary = ["A", "B", "C", "D"];
const skus = [...ordinary, "GIFT", "SET"];

let simulator: Awaited<ReturnType<typeof startShopifySimulator>>;
beforeAll(async () => {
  simulator = await startShopifySimulator({ scaleLimits: 1_000, untracked: ["GIFT"], bundles: ["SET"] });
});
afterAll(() => simulator.stop());

/** What is pushed to each SKU, in which belief, what was sold meanwhile and what goes wrong. */
const step = fc.record({
  wanted: fc.array(
    fc.record({
      quantity: fc.integer({ min: 0, max: 9 }),
      belief: fc.constantFrom("right", "wrong", "unknown"),
    }),
    { minLength: skus.length, maxLength: skus.length },
  ),
  sold: fc.option(fc.constantFrom(...ordinary)),
  fault: fc.option(fc.constantFrom("throttle", "reset", "lose_answer", "cut")),
  after: fc.nat({ max: 1 }),
});

describe("a push to Shopify", () => {
  let account = 0;

  it("says truly what became of each item, whatever was sold meanwhile and whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const name = `shop-${(account += 1)}`;
        const listings = skus.map((sku) => ({ sku, quantity: 5 }));
        const { credentials, settings } = await simulator.addAccount({ account: name, listings });
        const { session } = openNocked(adapterOf("shopify"), {
          credentials,
          settings,
          endpoint: new URL(simulator.url),
        });
        const shown = () => new Map(simulator.stock(name).map(({ sku, available }) => [sku, available]));
        const refs = new Map(
          simulator
            .stock(name)
            .map(({ sku, externalId, locationId }): [string, ListingRef] => [
              sku,
              { listingId: sku, sku, externalId, externalLocationId: locationId, external: {} },
            ]),
        );

        for (const { wanted, sold, fault, after } of steps) {
          const believed = shown();
          if (sold !== null) await simulator.placeOrder({ account: name, lines: [{ sku: sold, quantity: 1 }] });
          const before = shown();
          const updates = skus.flatMap((sku, index) => {
            const listing = refs.get(sku);
            const { quantity, belief } = wanted[index] ?? { quantity: 0, belief: "unknown" };
            const number = (believed.get(sku) ?? 0) + (belief === "wrong" ? 1 : 0);
            return listing ? [{ listing, quantity, expected: belief === "unknown" ? null : number, position: 1 }] : [];
          });
          const operation = "inventorySetQuantities";
          if (fault !== null) simulator.fault({ account: name, operation, after, effect: { type: fault } });
          const result = await session.pushInventory(updates, callWithin()).catch((error: unknown) => error);
          simulator.clearFaults();
          const now = shown();
          for (const [index, { listing, quantity }] of updates.entries()) {
            const numbers = { before: before.get(listing.sku) ?? 0, now: now.get(listing.sku) ?? 0, quantity };
            expect(isTrue(outcomeOf(result, index), numbers)).toBe(true);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** A call that failed as a whole says the same of every item. */
function outcomeOf(result: unknown, index: number): UpdateOutcome {
  if (Array.isArray(result)) return result[index];
  if (!(result instanceof ChannelError)) throw result;
  const { failure, code, message } = result;
  if (failure === "rate_limited") return { status: "throttled", retryAfterMs: undefined };
  if (failure === "unavailable") return { status: "retry", code, message };
  throw result;
}

function isTrue(
  outcome: UpdateOutcome,
  { before, now, quantity }: { readonly before: number; readonly now: number; readonly quantity: number },
): boolean {
  switch (outcome.status) {
    case "accepted":
      return now === quantity;
    case "stale":
      return now === before && (outcome.actual === null || outcome.actual === now);
    case "rejected":
    case "throttled":
      return now === before;
    case "retry":
      return now === before || now === quantity;
  }
}
