import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import { eventually, openWalmart, type WalmartBench } from "./testing.ts";

const subscriptions = "/v3/webhooks/subscriptions";
let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart([
    { sku: "A", quantity: 9, title: "Blue widget" },
    { sku: "B", quantity: 1 },
  ]);
});

afterEach(() => walmart.simulator.stop());

describe("orders", () => {
  const list = async (query: string) => (await walmart.call("GET", `/v3/orders${query}`)).body.list;
  const idsOf = (page: { elements: { order: { purchaseOrderId: string }[] } }) =>
    page.elements.order.map(({ purchaseOrderId }) => purchaseOrderId);

  it("read with text for quantities and numbers for times", async () => {
    const purchaseOrderId = await walmart.buy({ sku: "A", quantity: 2 }, { sku: "B", quantity: 1 });
    const { body } = await walmart.call("GET", `/v3/orders/${purchaseOrderId}`);
    expect(body.order).toMatchObject({
      purchaseOrderId,
      orderType: "REGULAR",
      orderDate: expect.any(Number),
      shipNode: { type: "SellerFulfilled", id: walmart.shipNode },
      orderLines: {
        orderLine: [
          {
            lineNumber: "1",
            item: { sku: "A", productName: "Blue widget" },
            orderLineQuantity: { unitOfMeasurement: "EACH", amount: "2" },
            orderLineStatuses: { orderLineStatus: [{ status: "Created", statusQuantity: { amount: "2" } }] },
          },
          { lineNumber: "2", item: { sku: "B" } },
        ],
      },
    });
    expect((await walmart.call("GET", "/v3/orders/1")).status).toBe(404);
  });

  it("tell a cancelled quantity on the line", async () => {
    const purchaseOrderId = await walmart.buy({ sku: "A", quantity: 2 });
    await walmart.simulator.cancelOrder("acme", purchaseOrderId);
    const { body } = await walmart.call("GET", `/v3/orders/${purchaseOrderId}`);
    const [line] = body.order.orderLines.orderLine;
    expect(line.orderLineQuantity.amount).toBe("2");
    expect(line.orderLineStatuses.orderLineStatus).toMatchObject([
      { status: "Cancelled", statusQuantity: { amount: "2" } },
    ]);
  });

  it("page by a ready query string that works only as it is", async () => {
    const ids = [
      await walmart.buy({ sku: "A", quantity: 1 }),
      await walmart.buy({ sku: "A", quantity: 1 }),
      await walmart.buy({ sku: "A", quantity: 1 }),
    ];
    const first = await list("?limit=2");
    const second = await list(first.meta.nextCursor);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.meta.nextCursor).toBeUndefined();
    expect((await walmart.call("GET", `/v3/orders${first.meta.nextCursor}&limit=1`)).status).toBe(400);
    expect((await walmart.call("GET", "/v3/orders?hasMoreElements=true&soIndex=2")).status).toBe(400);
    expect((await walmart.call("GET", "/v3/orders?limit=201")).status).toBe(400);
  });

  it("are found by windows; without a created one only the last seven days count", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 1 });
    const placedAt = Date.now();
    const day = 24 * 3_600_000;
    const at = (time: number) => new Date(time).toISOString();
    expect(idsOf(await list(`?lastModifiedStartDate=${at(placedAt - day)}`))).toEqual([id]);
    expect(idsOf(await list(`?lastModifiedStartDate=${at(placedAt + day)}`))).toEqual([]);
    expect(idsOf(await list(`?lastModifiedEndDate=${at(placedAt - day)}`))).toEqual([]);
    expect(idsOf(await list("?shipNodeType=WFSFulfilled"))).toEqual([]);
    expect(idsOf(await list("?status=Created"))).toEqual([id]);
    expect((await walmart.call("GET", "/v3/orders?lastModifiedStartDate=yesterday")).status).toBe(400);

    vi.useFakeTimers({ toFake: ["Date"], now: placedAt + 8 * day });
    const headers = { "wm_sec.access_token": (await walmart.token()).body.access_token };
    const later = async (query: string) => (await walmart.call("GET", `/v3/orders${query}`, { headers })).body.list;
    expect(idsOf(await later(""))).toEqual([]);
    expect(idsOf(await later(`?createdStartDate=${at(placedAt - day)}`))).toEqual([id]);
    vi.useRealTimers();
  });

  it("are returned by nobody, and a return search needs both dates", async () => {
    const both = "returnLastModifiedStartDate=2026-11-01T00:00:00Z&returnLastModifiedEndDate=2026-11-02T00:00:00Z";
    expect((await walmart.call("GET", `/v3/returns?${both}`)).body).toMatchObject({ returnOrders: [] });
    expect((await walmart.call("GET", `/v3/returns?${both.split("&")[0]}`)).status).toBe(400);
  });
});

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

  it("redeliver under the same event id", async () => {
    await create();
    await walmart.buy({ sku: "A", quantity: 1 });
    expect(await walmart.simulator.redeliver("acme", 2)).toEqual({ sent: 2, failed: 0 });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ body }) => JSON.parse(body).source.eventId)).size).toBe(1);
  });
});
