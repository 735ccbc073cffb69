import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import { openWalmart, type WalmartBench } from "./testing.ts";

const subscriptions = "/v3/webhooks/subscriptions";
let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart([
    { sku: "A", quantity: 9, title: "Blue widget" },
    { sku: "B", quantity: 1 },
  ]);
});

afterEach(() => walmart.simulator.stop());

describe("webhooks", () => {
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(() => receiver[Symbol.asyncDispose]());

  const definition = (changes: object = {}) => ({
    eventType: "ORDER_UPDATES",
    eventVersion: "V1",
    resourceName: "ORDER",
    eventUrl: receiver.url,
    authDetails: { authMethod: "HMAC", authHeaderName: "X-Hub-Walmart-Auth", clientSecret: "s3cret" },
    headers: { "content-type": "application/json", "x-hub-connection": "c-1" },
    status: "ACTIVE",
    ...changes,
  });
  const create = (changes?: object) => walmart.call("POST", subscriptions, { json: { events: [definition(changes)] } });
  const digest = (body: string, encoding: "base64" | "hex") =>
    createHmac("sha256", "s3cret").update(body).digest(encoding);

  it("offer the event types that can be subscribed", async () => {
    const { body } = await walmart.call("GET", "/v3/webhooks/eventTypes");
    expect(body.events).toContainEqual(expect.objectContaining({ eventType: "ORDER_UPDATES", resourceName: "ORDER" }));
  });

  it("are created, listed without their secret, changed and deleted", async () => {
    const [created] = (await create()).body.events;
    expect(created).toMatchObject({ eventType: "ORDER_UPDATES", partnerId: walmart.sellerId, status: "ACTIVE" });
    const listed = await walmart.call("GET", `${subscriptions}?eventType=ORDER_UPDATES`);
    expect(listed.body.events).toEqual([created]);
    expect(JSON.stringify(listed.body)).not.toContain("s3cret");
    const path = `${subscriptions}/${created.subscriptionId}`;
    expect((await walmart.call("PATCH", path, { json: { status: "INACTIVE" } })).body).toMatchObject({
      status: "INACTIVE",
      eventUrl: receiver.url,
    });
    expect((await walmart.call("GET", `${subscriptions}?status=ACTIVE`)).body.events).toEqual([]);
    expect((await walmart.call("DELETE", path)).status).toBe(200);
    expect((await walmart.call("DELETE", path)).status).toBe(404);
  });

  it("are refused for an unknown event, plain http beyond loopback or a missing secret", async () => {
    expect((await create({ eventType: "PO_CREATED" })).status).toBe(400);
    expect((await create({ resourceName: "ITEM" })).status).toBe(400);
    expect((await create({ eventUrl: "http://acme.test/hook" })).status).toBe(400);
    expect((await create({ authDetails: { authMethod: "HMAC", authHeaderName: "X-Auth" } })).status).toBe(400);
    expect((await walmart.call("GET", subscriptions)).body.events).toEqual([]);
  });

  it("need the scope of their events, which others can be listed without", async () => {
    const { credentials } = await walmart.simulator.addAccount({
      account: "viewer",
      listings: [],
      permissions: ["orders:view_only"],
    });
    const basic = btoa(`${credentials["clientId"]}:${credentials["clientSecret"]}`);
    const { body } = await walmart.token(undefined, { headers: { authorization: `Basic ${basic}` } });
    const headers = { "wm_sec.access_token": body.access_token };
    const events = [definition({ eventType: "INVENTORY_OOS", resourceName: "INVENTORY" })];
    const post = (json: object) => walmart.call("POST", subscriptions, { headers, json });
    expect((await post({ events: [definition()] })).status).toBe(200);
    expect(await post({ events })).toMatchObject({ status: 403, body: { errors: [{ field: "inventory" }] } });
    expect((await walmart.call("GET", subscriptions, { headers })).body.events).toHaveLength(1);
    expect((await walmart.call("GET", "/v3/webhooks/eventTypes", { headers })).status).toBe(200);
  });

  it("tell of an order and of its cancellation, signed over the raw body, with the custom headers", async () => {
    await create();
    const purchaseOrderId = await walmart.buy({ sku: "A", quantity: 2 });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await walmart.simulator.cancelOrder("acme", purchaseOrderId);
    await eventually(() => expect(receiver.received).toHaveLength(2));

    const [placed, cancelled] = receiver.received.map(({ body }) => JSON.parse(body));
    expect(placed).toMatchObject({
      source: { eventType: "ORDER_UPDATES", eventId: expect.any(String) },
      payload: { partnerId: walmart.sellerId, subEventType: "PO_CREATED", order: { purchaseOrderId } },
    });
    expect(cancelled.payload).toMatchObject({ subEventType: "PO_LINE_AUTOCANCELLED", order: { purchaseOrderId } });
    for (const { headers, body } of receiver.received) {
      expect(headers["x-hub-walmart-auth"]).toBe(digest(body, "base64"));
      expect(headers["x-hub-connection"]).toBe("c-1");
    }
  });

  it("can write the signature in hex", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 1 }], { signatureEncoding: "hex" });
    await create();
    await walmart.buy({ sku: "A", quantity: 1 });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    const [delivery] = receiver.received;
    expect(delivery?.headers["x-hub-walmart-auth"]).toBe(digest(delivery?.body ?? "", "hex"));
  });

  it("tell that an item ran out only when an order emptied it", async () => {
    await create({ eventType: "INVENTORY_OOS", resourceName: "INVENTORY" });
    await walmart.buy({ sku: "A", quantity: 1 });
    await walmart.buy({ sku: "B", quantity: 1 });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(JSON.parse(receiver.received[0]?.body ?? "").payload).toMatchObject({
      sku: "B",
      shipNodes: [{ shipNode: walmart.shipNode, availToSellQty: 0 }],
    });
    expect(await walmart.simulator.redeliver("acme", 1)).toEqual({ sent: 1, failed: 0 });
  });

  it("tell of a return, and nothing any more once they are switched off", async () => {
    await create({ eventType: "RETURN_CREATED", resourceName: "RETURNS" });
    const id = await walmart.buy({ sku: "A", quantity: 2 });
    await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: true });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(JSON.parse(receiver.received[0]?.body ?? "").payload.returnOrders).toMatchObject([
      { purchaseOrderId: id, returnOrderId: expect.any(String), quantity: "1" },
    ]);
    await walmart.simulator.switchOff?.("acme");
    expect((await walmart.call("GET", `${subscriptions}?status=ACTIVE`)).body.events).toEqual([]);
  });

  it("redeliver under the same event id", async () => {
    await create();
    await walmart.buy({ sku: "A", quantity: 1 });
    expect(await walmart.simulator.redeliver("acme", 2)).toEqual({ sent: 2, failed: 0 });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ body }) => JSON.parse(body).source.eventId)).size).toBe(1);
  });
});
