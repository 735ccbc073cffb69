import type { Delivery, OrderSnapshot } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { isPolledOrder, polledOrderDelivery, readPolledOrder } from "./polled-order.ts";

const at = "2026-03-15T14:22:03.412Z";
const reversal = {
  key: "cancel:unit:1",
  quantity: 1,
  reason: "order_cancelled" as const,
  externalLocationId: null,
  occurredAt: at,
};
const orderOf = (...reversals: (typeof reversal)[]): OrderSnapshot => ({
  orderId: "5001",
  placedAt: at,
  lines: [
    {
      lineId: "1",
      item: { refs: ["variant-1"], sku: null },
      externalLocationId: "WH",
      quantity: 2,
      state: "sold",
      reversals,
    },
  ],
});
const stored = (delivery: Omit<Delivery, "receivedAt">): Delivery => ({ ...delivery, receivedAt: at });

describe("a polled order that is kept as a delivery", () => {
  it("is read back as it was polled", () => {
    const order = orderOf(reversal);
    const delivery = stored(polledOrderDelivery(order));
    expect(isPolledOrder(delivery)).toBe(true);
    expect(readPolledOrder(delivery)).toEqual({ orders: [order], movements: [], signals: [] });
  });

  it("is the same delivery when the same snapshot is polled again, and another when the order has changed", () => {
    const { deliveryId } = polledOrderDelivery(orderOf());
    expect(deliveryId).toMatch(/^poll:5001:/);
    expect(polledOrderDelivery(orderOf()).deliveryId).toBe(deliveryId);
    expect(polledOrderDelivery(orderOf(reversal)).deliveryId).not.toBe(deliveryId);
  });

  it.each(['{"orderId":5001}', "{"])("is rejected in a shape that is not read any more: %s", (body) => {
    const delivery = stored({ ...polledOrderDelivery(orderOf()), body: Buffer.from(body) });
    expect(() => readPolledOrder(delivery)).toThrow(expect.objectContaining({ failure: "rejected" }));
  });
});
