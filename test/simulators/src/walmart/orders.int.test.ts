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
});

describe("what the seller does with an order", () => {
  const line = (status: string, amount: string, more: object = {}) => ({
    lineNumber: "1",
    orderLineStatuses: {
      orderLineStatus: [{ status, statusQuantity: { unitOfMeasurement: "EACH", amount }, ...more }],
    },
  });
  const ship = (id: string, amount: string, more: object = { trackingInfo: { trackingNumber: "1Z" } }) =>
    walmart.call("POST", `/v3/orders/${id}/shipping`, {
      json: { orderShipment: { orderLines: { orderLine: [line("Shipped", amount, more)] } } },
    });
  const cancel = (id: string, amount: string, cancellationReason?: string) =>
    walmart.call("POST", `/v3/orders/${id}/cancel`, {
      json: { orderCancellation: { orderLines: { orderLine: [line("Cancelled", amount, { cancellationReason })] } } },
    });
  const statuses = ({ body }: { body: ReturnType<typeof JSON.parse> }) =>
    body.order.orderLines.orderLine[0].orderLineStatuses.orderLineStatus.map(
      (each: { status: string; statusQuantity: { amount: string } }) => `${each.statusQuantity.amount} ${each.status}`,
    );
  const numbers = async () => {
    const [node] = (await walmart.call("GET", "/v3/inventories/A")).body.nodes;
    return [node.inputQty.amount, node.reservedQty.amount, node.availToSellQty.amount];
  };
  const shown = () => walmart.simulator.stock("acme").find(({ sku }) => sku === "A")?.available;

  it("acknowledges it whole; the units stay reserved", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    expect(statuses(await walmart.call("POST", `/v3/orders/${id}/acknowledge`))).toEqual(["3 Acknowledged"]);
    expect(await numbers()).toEqual([9, 3, 6]);
  });

  it("ships and cancels parts of a line", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    expect(statuses(await ship(id, "1"))).toEqual(["2 Created", "1 Shipped"]);
    expect(await numbers()).toEqual([8, 2, 6]);
    expect(statuses(await cancel(id, "1", "SELLER_CANCEL_PRICING_ERROR"))).toEqual([
      "1 Created",
      "1 Shipped",
      "1 Cancelled",
    ]);
    expect([await numbers(), shown()]).toEqual([[8, 1, 7], 7]);
    expect((await ship(id, "2")).status).toBe(400);
    expect((await ship(id, "1", {})).status).toBe(400);
    expect((await cancel(id, "1")).status).toBe(400);
    expect((await ship("1", "1")).status).toBe(404);
  });

  it("leaves the input quantity when it ships, if told to: the shipped units are for sale again", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 9 }], { shippingLowersInput: false });
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await walmart.simulator.shipOrder?.("acme", id);
    expect([await numbers(), shown()]).toEqual([[9, 0, 9], 9]);
  });

  it("shows none any more once a line was cancelled as out of stock", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await cancel(id, "1", "SELLER_CANCEL_OUT_OF_STOCK");
    expect([await numbers(), shown()]).toEqual([[2, 2, 0], 0]);
  });

  it("is found by the status of any unit", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 2 });
    await ship(id, "1");
    const found = async (status: string) =>
      (await walmart.call("GET", `/v3/orders?status=${status}`)).body.list.elements.order.length;
    expect([await found("Created"), await found("Shipped"), await found("Cancelled"), await found("Odd")]).toEqual([
      1, 1, 0, 0,
    ]);
  });
});

describe("returns", () => {
  const both = "returnLastModifiedStartDate=2026-01-01T00:00:00Z&returnLastModifiedEndDate=2099-01-01T00:00:00Z";
  const list = async (query: string) => walmart.call("GET", `/v3/returns${query}`);

  it("tell of goods that arrived and of goods the buyer keeps", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 2, restock: true });
    await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: false });
    const { body } = await list(`?${both}`);
    expect(body.returnOrders).toMatchObject([
      {
        returnOrderId: expect.stringMatching(/^\d{18}$/),
        returnOrderLines: [
          {
            purchaseOrderId: id,
            purchaseOrderLineNumber: 1,
            quantity: { measurementValue: 2 },
            status: "DELIVERED",
            isKeepIt: false,
            returnTrackingDetail: [{ eventTag: "DELIVERED_AT_RETURN_CENTER" }, { eventTag: "RETURN_INITIATED" }],
          },
        ],
      },
      { returnOrderLines: [{ quantity: { measurementValue: 1 }, status: "COMPLETED", isKeepIt: true }] },
    ]);
    const one = await list(`?returnOrderId=${body.returnOrders[1].returnOrderId}`);
    expect(one.body.returnOrders).toHaveLength(1);
    const tooMany = walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: true });
    await expect(tooMany).rejects.toThrow("fewer than 1 units");
  });

  it("need both dates of a window, and page by a ready query string", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    for (let count = 0; count < 3; count += 1) {
      await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: true });
    }
    expect((await list(`?${both.split("&")[0]}`)).status).toBe(400);
    expect((await list("?limit=201")).status).toBe(400);
    const first = (await list(`?${both}&limit=2`)).body;
    const second = (await list(first.meta.nextCursor)).body;
    expect([first.returnOrders.length, second.returnOrders.length, second.meta.nextCursor]).toEqual([2, 1, undefined]);
    expect((await list("?sellerId=1&limit=2&offset=2")).status).toBe(400);
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
