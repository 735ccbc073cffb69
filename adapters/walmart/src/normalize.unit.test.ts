import type { Delivery } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { toSnapshot, WalmartOrder } from "./orders.ts";
import { connect, errors, purchaseOrder, useNockedWalmart, walmart } from "./testing.ts";

const partlyCancelled = [
  { status: "Created", amount: "2" },
  { status: "Cancelled", amount: "1" },
];

describe("an order event", () => {
  useNockedWalmart();

  const delivery = (eventType: string, payload: object): Delivery => ({
    deliveryId: "event-1",
    topic: eventType,
    headers: {},
    body: Buffer.from(
      JSON.stringify({ source: { eventType, eventTime: "2026-11-20T10:00:00.000Z", eventId: "event-1" }, payload }),
    ),
    receivedAt: "2026-11-20T10:00:01.000Z",
  });
  const orderUpdate = (subEventType: string) =>
    delivery("ORDER_UPDATES", { partnerId: "10001", subEventType, order: { purchaseOrderId: "77", orderLines: [] } });
  const expectOrder = (body: object) =>
    walmart().get("/v3/orders/77").query({ productInfo: "false", replacementInfo: "true" }).reply(200, body);

  it.each(["PO_CREATED", "PO_LINE_AUTOCANCELLED", "FRAUD_CANCEL"])(
    "%s is a hint: the order is read from the API, wrapped or bare",
    async (subEventType) => {
      const { session } = connect();
      const order = purchaseOrder("77", partlyCancelled);
      const expected = { orders: [toSnapshot(WalmartOrder.parse(order))], movements: [], signals: [] };
      expectOrder({ order });
      expect(await session.normalize(orderUpdate(subEventType), callWithin())).toEqual(expected);
      expectOrder(order);
      const standalone = delivery(subEventType, { partnerId: "10001", purchaseOrderId: "77" });
      expect(await session.normalize(standalone, callWithin())).toEqual(expected);
    },
  );

  it.each([
    ["a buyer's wish to cancel", orderUpdate("INTENT_TO_CANCEL")],
    ["the standalone wish to cancel", delivery("INTENT_TO_CANCEL", { purchaseOrderId: "77" })],
    ["a sub-event not known", orderUpdate("PO_SOMETHING_NEW")],
    ["an event not known", delivery("BUY_BOX_CHANGED", { sku: "CAP" })],
  ])("tells nothing of stock when it is %s", async (_name, event) => {
    const { session } = connect();
    expect(await session.normalize(event, callWithin())).toEqual({ orders: [], movements: [], signals: [] });
  });

  it("is tried again when Walmart does not show the order yet", async () => {
    const { session } = connect();
    walmart().get("/v3/orders/77").query(true).reply(404, errors("CONTENT_NOT_FOUND.GMP_ORDER_API", "No order"));
    await expect(session.normalize(orderUpdate("PO_CREATED"), callWithin())).rejects.toMatchObject({
      failure: "unavailable",
      code: "order_not_visible",
    });
  });

  it("is rejected when it names no order", async () => {
    const { session } = connect();
    const empty = delivery("ORDER_UPDATES", { subEventType: "PO_CREATED", order: {} });
    await expect(session.normalize(empty, callWithin())).rejects.toMatchObject({
      failure: "rejected",
      code: "malformed_delivery",
    });
  });

  it("doubts a SKU that ran out, at each of its ship nodes and at all of them, or at the one of the settings", async () => {
    const shipNodes = [
      { shipNode: "EAST", availToSellQty: 0 },
      { shipNode: "WEST", shipNodeName: "West" },
    ];
    const event = delivery("INVENTORY_OOS", { partnerId: "10001", sku: "CAP", shipNodes });
    const doubt = { type: "quantity_doubted", externalId: "CAP", occurredAt: "2026-11-20T10:00:00.000Z" };
    const at = (...nodes: readonly (string | null)[]) =>
      nodes.map((externalLocationId) => ({ ...doubt, externalLocationId }));
    expect((await connect().session.normalize(event, callWithin())).signals).toEqual(at(null, "EAST", "WEST"));
    const west = connect({ settings: { shipNode: "WEST" } });
    expect((await west.session.normalize(event, callWithin())).signals).toEqual(at(null, "WEST"));
    const north = connect({ settings: { shipNode: "NORTH" } });
    expect((await north.session.normalize(event, callWithin())).signals).toEqual([]);
  });
});
