import type { Delivery } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { call, channelErrorOf, ebay, openSession, useNock } from "../testing/harness.ts";
import { notification } from "../testing/signing.ts";

useNock();

function delivery(topic: string, data: unknown): Delivery {
  const body = Buffer.from(notification(topic, data, "2026-11-21T08:59:00.000Z"));
  return { deliveryId: "d-1", topic, headers: {}, body, receivedAt: "2026-11-21T09:00:00.000Z" };
}

const order = {
  orderId: "12-34567-89012",
  creationDate: "2026-11-21T08:58:00.000Z",

  lineItems: [{ lineItemId: "l-1", sku: "A", quantity: 1 }],
};

describe("ORDER_CONFIRMATION", () => {
  it.each([
    ["data.orderId", { orderId: order.orderId }],
    ["data.order.orderId", { order: { orderId: order.orderId } }],
  ])("is a hint: the order is fetched by %s", async (_, data) => {
    ebay().get(`/sell/fulfillment/v1/order/${order.orderId}`).reply(200, order);
    const facts = await openSession().session.normalize(delivery("ORDER_CONFIRMATION", data), call());
    expect(facts).toMatchObject({
      orders: [{ orderId: order.orderId, lines: [{ lineId: "l-1", quantity: 1, state: "sold" }] }],
      movements: [],
      signals: [],
    });
  });

  it.each([
    ["nothing", {}],
    ["an id that would leave the path", { orderId: "../../../identity" }],
  ])("is wrong for good when it names %s", async (_, data) => {
    const error = await channelErrorOf(openSession().session.normalize(delivery("ORDER_CONFIRMATION", data), call()));
    expect(error).toMatchObject({ failure: "rejected", code: "no_order_id" });
  });

  it("is tried again when it comes before the order can be read", async () => {
    ebay()
      .get(`/sell/fulfillment/v1/order/${order.orderId}`)
      .reply(404, { errors: [{ errorId: 32100, message: "Invalid order Id." }] });
    const hint = delivery("ORDER_CONFIRMATION", { orderId: order.orderId });
    const error = await channelErrorOf(openSession().session.normalize(hint, call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "32100" });
  });
});

describe("other topics", () => {
  it("ends the connection when our seller removed the app", async () => {
    const revocation = delivery("AUTHORIZATION_REVOCATION", { username: "ACME", userId: "u-1" });
    const facts = await openSession().session.normalize(revocation, call());
    expect(facts.signals).toEqual([{ type: "disconnected", reason: "the seller removed the app on eBay" }]);
  });

  it.each([{ username: "another" }, { userId: "u-1" }])("leaves us connected when %j removed it", async (data) => {
    const facts = await openSession().session.normalize(delivery("AUTHORIZATION_REVOCATION", data), call());
    expect(facts.signals).toEqual([]);
  });

  it.each(["MARKETPLACE_ACCOUNT_DELETION", "ITEM_MARKED_SHIPPED"])("has no effect on stock: %s", async (topic) => {
    const facts = await openSession().session.normalize(delivery(topic, { orderId: order.orderId }), call());
    expect(facts).toEqual({ orders: [], movements: [], signals: [] });
  });
});
