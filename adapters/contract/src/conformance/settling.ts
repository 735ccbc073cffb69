import fc from "fast-check";
import type { ExpectStatic } from "vitest";
import type { OrderSnapshot } from "../orders.ts";
import type { InboundFacts } from "../webhooks.ts";
import type { ConformanceGroup } from "./case.ts";
import { listen, pollAll, pollFor, snapshotsOf, subscribe } from "./drivers.ts";
import type { ConformanceHarness } from "./harness.ts";
import { factsOf, type OrderFacts } from "./order-facts.ts";
import { isWhollyTakenBack, unitsBack } from "./snapshots.ts";

const lines = [
  { sku: "CAP-RED", quantity: 3 },
  { sku: "CAP-BLU", quantity: 1 },
];

/** How often a snapshot may be heard again beside the first time. */
const MAX_REPEATS = 6;

export const settling: ConformanceGroup = {
  about: "an order's life",
  cases: [
    {
      title:
        "comes to the same whatever the order and number of its tellings, from the buyer's click to a cancellation",
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await place(harness);
        const told = [await pollFor(harness, cursor, orderId)];
        if (harness.pending) {
          await harness.pending.settle(orderId);
          told.push(await pollFor(harness, cursor, orderId));
        }
        told.push(...(await heard(harness, orderId, () => true)));
        await harness.cancelOrder(orderId);
        told.push(await pollFor(harness, cursor, orderId));
        if (harness.notifiesCancellations) told.push(...(await heard(harness, orderId, isWhollyTakenBack)));
        const facts = comesToTheSame(harness, expect, told);
        expect(facts.lines.map(({ sold, held }) => ({ sold, held }))).toEqual(lines.map(() => ({ sold: 0, held: 0 })));
      },
    },
    {
      title: "comes to the same whatever the order and number of its tellings, when units of it come back",
      skip: ({ cancelUnits, refund }) =>
        cancelUnits || refund ? undefined : "the channel cancels whole orders, and does not tell what came back",
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        const told = [await pollFor(harness, cursor, orderId)];
        const backOf = async () => {
          const newest = await pollFor(harness, cursor, orderId);
          told.push(newest);
          return newest.lines.reduce((sum, line) => sum + unitsBack(line), 0);
        };
        await harness.cancelUnits?.(orderId, { sku: "CAP-RED", quantity: 1 });
        const afterCancelling = await backOf();
        expect(afterCancelling).toBe(harness.cancelUnits ? 1 : 0);
        await harness.refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: false });
        expect(await backOf()).toBe(afterCancelling);
        await harness.refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: true });
        const inAll = afterCancelling + (harness.refund ? 1 : 0);
        expect(await backOf()).toBe(inAll);
        told.push(...(await heard(harness, orderId, () => true)));
        const facts = comesToTheSame(harness, expect, told);
        const sum = (of: "sold" | "held") => facts.lines.reduce((units, line) => units + line[of], 0);
        expect({ sold: sum("sold"), held: sum("held") }).toEqual({ sold: 4 - inAll, held: 0 });
      },
    },
  ],
};

function place(harness: ConformanceHarness) {
  return harness.pending ? harness.pending.place(lines) : harness.placeOrder(lines);
}

/** Every snapshot the channel tells of the order by itself, until one is as wanted. */
async function heard(
  harness: ConformanceHarness,
  orderId: string,
  until: (order: OrderSnapshot) => boolean,
): Promise<readonly OrderSnapshot[]> {
  const told = await listen(harness, (facts: readonly InboundFacts[]) => snapshotsOf(facts, orderId).some(until));
  return snapshotsOf(told, orderId);
}

/** Hears the snapshots in many orders, with repetitions, and proves that the facts are always the same. */
function comesToTheSame(harness: ConformanceHarness, expect: ExpectStatic, told: readonly OrderSnapshot[]): OrderFacts {
  const hasPendingPhase = harness.pending !== undefined;
  const asTold = factsOf(told, hasPendingPhase);
  expect(asTold.conflicts).toEqual([]);
  const tellings = fc
    .array(fc.constantFrom(...told), { maxLength: MAX_REPEATS })
    .map((repeated) => [...told, ...repeated])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));
  fc.assert(
    fc.property(tellings, (heard) => {
      expect(factsOf(heard, hasPendingPhase).lines).toEqual(asTold.lines);
    }),
  );
  return asTold;
}
