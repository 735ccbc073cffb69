import type { Delivery } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { call, channelErrorOf, ebay, openSession, tokenAnswer, tokenEndpoint, useNock } from "../testing/harness.ts";
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

  it("tells the same order as often as eBay does: once a line, and again where a payment failed first", async () => {
    ebay().get(`/sell/fulfillment/v1/order/${order.orderId}`).times(3).reply(200, order);
    const { session } = openSession();
    const hint = delivery("ORDER_CONFIRMATION", { orderId: order.orderId });
    const facts = [await session.normalize(hint, call()), await session.normalize(hint, call())];
    expect(await session.normalize(hint, call())).toEqual(facts[0]);
    expect(facts[1]).toEqual(facts[0]);
  });

  it.each([
    ["nothing", {}],
    ["an id that would leave the path", { orderId: "../../../identity" }],
  ])("is wrong for good when it names %s", async (_, data) => {
    const error = await channelErrorOf(openSession().session.normalize(delivery("ORDER_CONFIRMATION", data), call()));
    expect(error).toMatchObject({ failure: "rejected", code: "no_order_id" });
  });

  it.each([400, 404])("is tried again when it comes before the order can be read (%i)", async (status) => {
    ebay()
      .get(`/sell/fulfillment/v1/order/${order.orderId}`)
      .reply(status, { errors: [{ errorId: 32100, message: "Invalid order Id." }] });
    const hint = delivery("ORDER_CONFIRMATION", { orderId: order.orderId });
    const error = await channelErrorOf(openSession().session.normalize(hint, call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "32100" });
  });
});

describe("AUTHORIZATION_REVOCATION", () => {
  const ours = { username: "ACME", userId: "u-1" };
  const refused = { error: "invalid_grant", error_description: "the consent is revoked" };

  it.each([ours, { userId: "u-1" }])("ends the connection when eBay refuses our consent by then (%j)", async (data) => {
    tokenEndpoint().reply(400, refused);
    const facts = await openSession().session.normalize(delivery("AUTHORIZATION_REVOCATION", data), call());
    expect(facts.signals).toEqual([{ type: "disconnected", reason: "the seller removed the app on eBay" }]);
  });

  it("leaves us connected when it comes late, after the seller agreed again", async () => {
    tokenEndpoint(/refresh_token=v%5E1.1%23refresh-secret/).reply(200, tokenAnswer("access-two"));
    const { session, credentials: box } = openSession();
    const facts = await session.normalize(delivery("AUTHORIZATION_REVOCATION", ours), call());
    expect(facts.signals).toEqual([]);
    expect(await box.read()).toMatchObject({ accessToken: "access-two" });
  });

  it("is tried again when eBay can't be asked whether the consent stands", async () => {
    tokenEndpoint().reply(503);
    const error = await channelErrorOf(
      openSession().session.normalize(delivery("AUTHORIZATION_REVOCATION", ours), call()),
    );
    expect(error).toMatchObject({ failure: "unavailable" });
  });

  it("is nothing to us when it names another seller of the keyset", async () => {
    const another = delivery("AUTHORIZATION_REVOCATION", { username: "another" });
    expect((await openSession().session.normalize(another, call())).signals).toEqual([]);
  });
});

describe("other topics", () => {
  it.each(["MARKETPLACE_ACCOUNT_DELETION", "ITEM_MARKED_SHIPPED"])("has no effect on stock: %s", async (topic) => {
    const facts = await openSession().session.normalize(delivery(topic, { orderId: order.orderId }), call());
    expect(facts).toEqual({ orders: [], movements: [], signals: [] });
  });
});
