import { describe, expect, it } from "vitest";
import type { OrderLine, OrderSnapshot } from "../orders.ts";
import { hear, pollAll, pollFor, subscribe } from "./drivers.ts";
import { useHarness, type MakeHarness } from "./harness.ts";

const lines = [
  { sku: "CAP-RED", quantity: 2 },
  { sku: "CAP-BLU", quantity: 1 },
];

export function hearing(make: MakeHarness): void {
  describe("hearing of orders", () => {
    const harness = useHarness(make);

    it("polls an order once it is placed, with every line", async () => {
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().placeOrder(lines);
      const order = await pollFor(harness(), cursor, orderId);
      const seen = order.lines.map(({ item, quantity, state }) => ({ sku: item.sku, quantity, state }));
      expect(seen).toEqual(expect.arrayContaining(lines.map((line) => ({ ...line, state: "sold" }))));
      expect(seen).toHaveLength(lines.length);
    });

    it("polls the same order again from the same cursor, which is stored only when its orders are", async () => {
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().placeOrder(lines);
      const first = await pollFor(harness(), cursor, orderId);
      expect(sorted(await pollFor(harness(), cursor, orderId))).toEqual(sorted(first));
    });

    it("gives equal snapshots of an order it was told of and of the same order polled", async () => {
      await subscribe(harness());
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().placeOrder(lines);
      const heard = await hear(harness(), orderId);
      expect(sorted(heard)).toEqual(sorted(await pollFor(harness(), cursor, orderId)));
    });

    it("takes back each unit of a cancelled order once, when polled and when told", async () => {
      await subscribe(harness());
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().placeOrder(lines);
      await hear(harness(), orderId);
      const after = harness().deliveries().length;
      await harness().cancelOrder(orderId);
      const polled = await pollFor(harness(), cursor, orderId);
      expect(polled).toSatisfy(isWhollyTakenBack);
      if (!harness().notifiesCancellations) return;
      const heard = await hear(harness(), orderId, { after, until: isCancelled });
      expect(sorted(heard)).toEqual(sorted(polled));
    });

    it("takes back the refunded units that went back to stock, and no others", async ({ skip }) => {
      if (!harness().refund) skip("the channel does not tell what went back to stock");
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().placeOrder([{ sku: "CAP-RED", quantity: 3 }]);
      await harness().refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: false });
      await harness().refund?.(orderId, { sku: "CAP-RED", quantity: 1, restock: true });
      const order = await pollFor(harness(), cursor, orderId);
      expect(order.lines.map((line) => ({ quantity: line.quantity, back: unitsBack(line) }))).toEqual([
        { quantity: 3, back: 1 },
      ]);
    });

    it("tells a pending order as pending, and as sold once it stands", async ({ skip }) => {
      if (!harness().pending) skip("orders stand at once");
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().pending!.place(lines);
      expect(statesOf(await pollFor(harness(), cursor, orderId))).toEqual(["pending", "pending"]);
      await harness().pending!.settle(orderId);
      expect(statesOf(await pollFor(harness(), cursor, orderId))).toEqual(["sold", "sold"]);
    });

    it("does not tell a pending order that was cancelled as sold", async ({ skip }) => {
      if (!harness().pending) skip("orders stand at once");
      const { cursor } = await pollAll(harness(), null);
      const { orderId } = await harness().pending!.place(lines);
      await harness().cancelOrder(orderId);
      expect(await pollFor(harness(), cursor, orderId)).toSatisfy(isWhollyTakenBack);
    });

    it("finds a cancelled order's units back on the listing, where the adapter says so", async ({ skip }) => {
      if (!harness().adapter.capabilities.restocksCancelled) skip("what the channel then shows is unknown");
      const { orderId } = await harness().placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
      expect(harness().shown("CAP-RED")).toBe(3);
      await harness().cancelOrder(orderId);
      expect(harness().shown("CAP-RED")).toBe(5);
    });
  });
}

function isCancelled(order: OrderSnapshot): boolean {
  return order.lines.every((line) => line.state === "cancelled_pending" || unitsBack(line) === line.quantity);
}

/** Lines and reversals by their names: their order means nothing. */
function sorted(order: OrderSnapshot): OrderSnapshot {
  const lines = order.lines.map((line) => ({
    ...line,
    reversals: line.reversals.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  }));
  return { ...order, lines: lines.toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1)) };
}

function unitsBack({ reversals }: OrderLine): number {
  return reversals.reduce((sum, one) => sum + one.quantity, 0);
}

function statesOf(order: OrderSnapshot): readonly OrderLine["state"][] {
  return order.lines.map(({ state }) => state);
}

/** Cancelled, with the quantities as ordered and no reversal named twice. */
function isWhollyTakenBack(order: OrderSnapshot): boolean {
  const asOrdered = order.lines.every(
    (line) => line.quantity === lines.find(({ sku }) => sku === line.item.sku)?.quantity,
  );
  const keysAreOwn = order.lines.every(
    ({ reversals }) => new Set(reversals.map(({ key }) => key)).size === reversals.length,
  );
  return isCancelled(order) && asOrdered && keysAreOwn;
}
