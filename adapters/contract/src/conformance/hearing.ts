import { vi } from "vitest";
import type { OrderLine, OrderSnapshot } from "../orders.ts";
import { given, without, type ConformanceGroup } from "./case.ts";
import {
  eventually,
  hear,
  importAll,
  importRefs,
  listen,
  pollAll,
  pollFor,
  pushAll,
  snapshotsOf,
  subscribe,
  update,
} from "./drivers.ts";
import { callWithin, type ConformanceHarness, type ConformanceLine } from "./harness.ts";
import { oddCatalog, oddSkus } from "./importing.ts";
import { isWhollyTakenBack, sorted, unitsBack } from "./snapshots.ts";

/** Orders that no channel tells on one page. */
const MORE_THAN_A_PAGE = 202;
/** Half an hour, half a day, a month. */
const FIRST_POLLS_AFTER_MS = [0.5, 12, 30 * 24].map((hours) => hours * 3_600_000);

const lines = [
  { sku: "CAP-RED", quantity: 2 },
  { sku: "CAP-BLU", quantity: 1 },
];

export const hearing: ConformanceGroup = {
  about: "hearing of orders",
  cases: [
    {
      title: "polls an order once it is placed, with every line",
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        const order = await pollFor(harness, cursor, orderId);
        const seen = order.lines.map(({ item, quantity, state }) => ({ sku: item.sku, quantity, state }));
        expect(seen).toEqual(expect.arrayContaining(lines.map((line) => ({ ...line, state: "sold" }))));
        expect(seen).toHaveLength(lines.length);
      },
    },
    {
      title: "polls the same order again from the same cursor, also in another process",
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        const first = await pollFor(harness, cursor, orderId);
        const session = harness.openSession();
        expect(sorted(await pollFor({ ...harness, session }, cursor, orderId))).toEqual(sorted(first));
        await session.close();
      },
    },
    {
      title: "hears orders placed after connecting, however late the first poll",
      async run(harness, expect) {
        for (const agoMs of FIRST_POLLS_AFTER_MS) {
          const connectedAt = new Date(Date.now() - agoMs);
          const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }], agoMs);
          expect(await pollFor(harness, connectedAt, orderId)).toMatchObject({ orderId });
        }
      },
    },
    {
      title: "claims of a window that another process goes on with no more than its end",
      seed: { listings: [{ sku: "CAP-RED", quantity: MORE_THAN_A_PAGE }] },
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const line = { sku: "CAP-RED", quantity: 1 };
        for (let placed = 1; placed < MORE_THAN_A_PAGE; placed += 1) await harness.placeOrder([line]);
        const begun = await begin(harness, cursor);
        // Some channels tell times in whole seconds, and order what happened in one of them as they like.
        const nextSecond = Math.ceil(Date.now() / 1_000) * 1_000;
        await eventually(() => expect(Date.now()).toBeGreaterThan(nextSecond));
        const soldAt = Date.now();
        const { orderId } = await harness.placeOrder([line]);
        const session = harness.openSession();
        const { orders, completeUntil = new Date().toISOString() } = await pollAll({ session }, begun);
        await session.close();
        const knowsSale = orders.some((order) => order.orderId === orderId);
        expect(knowsSale ? 0 : Date.parse(completeUntil)).toBeLessThanOrEqual(soldAt);
      },
    },
    {
      title: "gives equal snapshots of an order it was told of and of the same order polled",
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        const heard = await hear(harness, orderId);
        expect(sorted(heard)).toEqual(sorted(await pollFor(harness, cursor, orderId)));
      },
    },
    {
      title: "leaves SKUs that look like something else as they are, when told and when polled",
      seed: { listings: oddCatalog },
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(oddSkus.map((sku) => ({ sku, quantity: 1 })));
        const heard = await hear(harness, orderId);
        expect(skusOf(heard)).toEqual(oddSkus.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(skusOf(await pollFor(harness, cursor, orderId))).toEqual(oddSkus.toSorted((a, b) => (a < b ? -1 : 1)));
      },
    },
    {
      title: "names each line's listing by the reference that the import noted",
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        const polled = await pollFor(harness, cursor, orderId);
        const { listings } = await importAll(harness);
        for (const line of polled.lines) {
          const named = listings.filter(({ lineRef }) => line.item.refs.includes(lineRef)).map(({ sku }) => sku);
          expect(named).toEqual([line.item.sku]);
        }
      },
    },
    {
      title: "keeps ids beyond 2^53 to the last digit, when told and when polled",
      ...without(({ hasHugeIds }) => hasHugeIds, "the channel's order ids are no such numbers"),
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        expect(BigInt(orderId)).toBeGreaterThan(2n ** 53n);
        expect((await hear(harness, orderId)).orderId).toBe(orderId);
        expect((await pollFor(harness, cursor, orderId)).orderId).toBe(orderId);
      },
    },
    {
      title: "never takes the channel's echo of our own writes for a sale",
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const refs = await importRefs(harness, ["CAP-RED", "CAP-GRN"]);
        await pushAll(
          harness,
          refs.map((ref) => update(harness, ref, 4)),
        );
        const { orderId } = await harness.placeOrder([{ sku: "CAP-BLU", quantity: 1 }]);
        const told = await listen(
          harness,
          (facts) =>
            snapshotsOf(facts, orderId).length > 0 &&
            (!harness.echoes || facts.some(({ signals }) => signals.some(({ type }) => type === "quantity_shown"))),
        );
        const { orders: polled } = await pollAll(harness, cursor);
        const orders = [...told.flatMap((facts) => facts.orders), ...polled];
        expect([...new Set(orders.map((order) => order.orderId))]).toEqual([orderId]);
        expect(told.flatMap(({ movements }) => movements)).toEqual([]);
      },
    },
    {
      title: "takes back each unit of a cancelled order once, when polled and when told",
      async run(harness, expect) {
        await subscribe(harness);
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder(lines);
        await hear(harness, orderId);
        const after = harness.deliveries().length;
        await harness.cancelOrder(orderId);
        const polled = await pollFor(harness, cursor, orderId);
        expect(polled).toSatisfy(isWhollyTakenBack);
        expect(quantitiesOf(polled)).toEqual(quantitiesOf({ lines }));
        if (!harness.notifiesCancellations) return;
        const heard = await hear(harness, orderId, { after, until: isWhollyTakenBack });
        expect(sorted(heard)).toEqual(sorted(polled));
      },
    },
    {
      title: "takes back the units that were cancelled, and no others, with the quantity as it was ordered",
      ...without(({ cancelUnits }) => cancelUnits, "the channel cancels whole orders only"),
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 3 }]);
        await given(harness.cancelUnits)(orderId, { sku: "CAP-RED", quantity: 1 });
        const [once] = (await pollFor(harness, cursor, orderId)).lines;
        await given(harness.cancelUnits)(orderId, { sku: "CAP-RED", quantity: 1 });
        const [twice] = (await pollFor(harness, cursor, orderId)).lines;
        const seen = [once, twice].map((line) => line && { quantity: line.quantity, back: unitsBack(line) });
        expect(seen).toEqual([
          { quantity: 3, back: 1 },
          { quantity: 3, back: 2 },
        ]);
        expect(once && twice && twice.reversals).toEqual(expect.arrayContaining([...(once?.reversals ?? [])]));
      },
    },
    {
      title: "takes back the refunded units that went back to stock, and no others",
      ...without(({ refund }) => refund, "the channel does not tell what went back to stock"),
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 3 }]);
        await harness.refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: false });
        await harness.refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: true });
        const order = await pollFor(harness, cursor, orderId);
        expect(order.lines.map((line) => ({ quantity: line.quantity, back: unitsBack(line) }))).toEqual([
          { quantity: 3, back: 1 },
        ]);
      },
    },
    {
      title: "tells a pending order as pending, and as sold once it stands",
      ...without(({ pending }) => pending, "orders stand at once"),
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await given(harness.pending).place(lines);
        expect(statesOf(await pollFor(harness, cursor, orderId))).toEqual(["pending", "pending"]);
        await given(harness.pending).settle(orderId);
        expect(statesOf(await pollFor(harness, cursor, orderId))).toEqual(["sold", "sold"]);
      },
    },
    {
      title: "does not tell a pending order that was cancelled as sold",
      ...without(({ pending }) => pending, "orders stand at once"),
      async run(harness, expect) {
        const { cursor } = await pollAll(harness, new Date());
        const { orderId } = await given(harness.pending).place(lines);
        await harness.cancelOrder(orderId);
        expect(await pollFor(harness, cursor, orderId)).toSatisfy(isWhollyTakenBack);
      },
    },
    {
      title: "finds a cancelled order's units back on the listing, where the adapter says so",
      ...without(({ adapter }) => adapter.capabilities.restocksCancelled, "what the channel then shows is unknown"),
      async run(harness, expect) {
        const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
        expect(harness.shown("CAP-RED")).toBe(3);
        await harness.cancelOrder(orderId);
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
  ],
};

/** Polls the first of several pages. @returns where to go on. */
async function begin({ session }: ConformanceHarness, from: string): Promise<string> {
  return await vi.waitFor(
    async () => {
      const { cursor, more } = await session.pollOrders(from, callWithin());
      if (!more) throw new Error("the orders came on one page");
      return cursor;
    },
    { timeout: 10_000, interval: 100 },
  );
}

function skusOf(order: OrderSnapshot): readonly string[] {
  return order.lines.map(({ item }) => String(item.sku)).toSorted((a, b) => (a < b ? -1 : 1));
}

function statesOf(order: OrderSnapshot): readonly OrderLine["state"][] {
  return order.lines.map(({ state }) => state);
}

function quantitiesOf({ lines: of }: { readonly lines: readonly Pick<ConformanceLine, "quantity">[] }) {
  return of.map(({ quantity }) => quantity).toSorted((a, b) => a - b);
}
