import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, errors, ordersPage, purchaseOrder, useNockedWalmart, walmart } from "./testing.ts";

const restocking = { settings: { restockReturns: "yes" } } as const;

/** A return of two units of line 4, from Walmart's OpenAPI sample. */
function returnOrder(returnOrderId: string | number, line: object) {
  return {
    returnOrderId,
    returnOrderDate: "2026-11-18T01:01:08.000Z",
    returnOrderLines: [
      {
        returnOrderLineNumber: 1,
        purchaseOrderId: "77",
        purchaseOrderLineNumber: 4,
        item: { sku: "BAG-BLU" },
        quantity: { unitOfMeasure: "EACH", measurementValue: 2 },
        returnExpectedFlag: true,
        isKeepIt: false,
        status: "INITIATED",
        returnTrackingDetail: [{ sequenceNo: 0, eventTag: "RETURN_INITIATED" }],
        ...line,
      },
    ],
  };
}

const tagged = (status: string, ...tags: readonly string[]) => ({
  status,
  returnTrackingDetail: tags.map((eventTag) => ({ eventTag })),
});
const arrived = tagged("DELIVERED", "DELIVERED_AT_RETURN_CENTER", "RETURN_INITIATED");
const shipped = purchaseOrder("77", [{ status: "Shipped", amount: "3" }]);

describe("returns", () => {
  useNockedWalmart();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-20T10:00:00.000Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function expectNoOrders() {
    walmart().get("/v3/orders").query(true).reply(200, ordersPage([]));
  }
  function expectReturns(returnOrders: readonly object[], nextCursor?: string) {
    const query = {
      returnLastModifiedStartDate: "2026-11-20T09:55:00Z",
      returnLastModifiedEndDate: "2026-11-20T10:00:00Z",
      limit: "50",
    };
    walmart().get("/v3/returns").query(query).reply(200, { meta: { nextCursor }, returnOrders });
  }
  const expectOrder = () => walmart().get("/v3/orders/77").query(true).reply(200, { order: shipped });

  /** The reversals that the returns of one poll tell. */
  async function reversals(...returnOrders: readonly object[]) {
    const { session } = connect(restocking);
    expectNoOrders();
    const { cursor, more } = await session.pollOrders(new Date(), callWithin());
    expect(more).toBe(true);
    expectReturns(returnOrders);
    const page = await session.pollOrders(cursor, callWithin());
    expect(page.more).toBe(false);
    return page.orders.flatMap(({ lines }) => lines.flatMap((line) => line.reversals));
  }

  it("are not asked for unless they go back to stock", async () => {
    const { session } = connect();
    expectNoOrders();
    expect(await session.pollOrders(new Date(), callWithin())).toMatchObject({ more: false });
  });

  it("bring back each unit that arrived, under the return's own id, whole also beyond 2^53", async () => {
    expectOrder();
    const reversal = (unit: number) => ({
      key: `return:106152711271982880:1:unit:${unit}`,
      quantity: 1,
      reason: "order_returned",
      externalLocationId: null,
      occurredAt: "2026-11-18T01:01:08.000Z",
    });
    expect(await reversals(returnOrder("106152711271982880", arrived))).toEqual([reversal(1), reversal(2)]);
  });

  it("count arrivals also once the refund was issued", async () => {
    expectOrder();
    const refunded = tagged("COMPLETED", "DELIVERED_AFTER_INVOICE", "REFUND_ISSUED");
    expect(await reversals(returnOrder("1", refunded))).toHaveLength(2);
  });

  it("leave out units of the line that are still under way", async () => {
    expectOrder();
    const parts = [
      { status: "DELIVERED", quantity: { measurementValue: 1 } },
      { status: "INITIATED", quantity: { measurementValue: 1 } },
    ];
    expect(await reversals(returnOrder("1", { ...arrived, currentTrackingStatuses: parts }))).toHaveLength(1);
  });

  it.each([
    ["on the way", tagged("INITIATED", "RETURN_IN_TRANSIT")],
    ["refunded before they arrived", tagged("COMPLETED", "INTRANSIT_AFTER_INVOICE")],
    ["refunded, with nothing said of goods", tagged("COMPLETED", "REFUND_ISSUED")],
    ["cancelled", tagged("COMPLETED", "RETURN_CANCELLED")],
    ["the buyer's to keep", { ...arrived, isKeepIt: true }],
    ["not expected back", { ...arrived, returnExpectedFlag: false }],
  ])("bring nothing back while they are %s", async (_name, line) => {
    expect(await reversals(returnOrder("1", line))).toEqual([]);
  });

  it("bring nothing back of an order that Walmart no longer shows, or ships itself", async () => {
    walmart().get("/v3/orders/77").query(true).reply(404, errors("CONTENT_NOT_FOUND.GMP_ORDER_API", "No order"));
    expect(await reversals(returnOrder("1", arrived))).toEqual([]);
    const wfs = { ...shipped, shipNode: { type: "WFSFulfilled", id: "9" } };
    walmart().get("/v3/orders/77").query(true).reply(200, { order: wfs });
    expect(await reversals(returnOrder("1", arrived))).toEqual([]);
  });

  it("are read page by page, by Walmart's own query, until it names the same one again", async () => {
    const { session } = connect(restocking);
    expectNoOrders();
    const { cursor } = await session.pollOrders(new Date(), callWithin());
    expectReturns([], "?sellerId=151&limit=50&offset=50");
    const first = await session.pollOrders(cursor, callWithin());
    expect(first.more).toBe(true);
    walmart()
      .get("/v3/returns?sellerId=151&limit=50&offset=50")
      .reply(200, { meta: { nextCursor: "?sellerId=151&limit=50&offset=50" }, returnOrders: [] });
    expect(await session.pollOrders(first.cursor, callWithin())).toMatchObject({ more: false });
  });

  it("do not hold up orders when they can't be read: the next poll reads them from there on", async () => {
    const { session } = connect(restocking);
    expectNoOrders();
    const { cursor } = await session.pollOrders(new Date(), callWithin());
    const fails = () => walmart().get("/v3/returns").query(true).reply(503, "<html>");
    fails();
    const first = await session.pollOrders(cursor, callWithin());
    expect(first).toMatchObject({ orders: [], more: false });

    vi.setSystemTime(new Date("2026-11-20T10:05:00.000Z"));
    expectNoOrders();
    const { cursor: second } = await session.pollOrders(first.cursor, callWithin());
    fails();
    const failed = await session.pollOrders(second, callWithin());

    vi.setSystemTime(new Date("2026-11-20T10:10:00.000Z"));
    walmart()
      .get("/v3/orders")
      .query((query) => query["lastModifiedStartDate"] === "2026-11-20T10:00:00Z")
      .reply(200, ordersPage([shipped]));
    const next = await session.pollOrders(failed.cursor, callWithin());
    expect(next).toMatchObject({ orders: [{ orderId: "77" }], more: true });
    const returnsIn = (returnLastModifiedStartDate: string, returnLastModifiedEndDate: string) =>
      walmart()
        .get("/v3/returns")
        .query({ returnLastModifiedStartDate, returnLastModifiedEndDate, limit: "50" })
        .reply(200, { returnOrders: [] });
    returnsIn("2026-11-20T09:55:00Z", "2026-11-20T10:10:00Z");
    const read = await session.pollOrders(next.cursor, callWithin());
    expect(read.more).toBe(false);

    expectNoOrders();
    const { cursor: last } = await session.pollOrders(read.cursor, callWithin());
    returnsIn("2026-11-20T10:05:00Z", "2026-11-20T10:10:00Z");
    await session.pollOrders(last, callWithin());
  });

  it("wait with the poll when Walmart throttles them", async () => {
    const { session } = connect(restocking);
    expectNoOrders();
    const { cursor } = await session.pollOrders(new Date(), callWithin());
    walmart().get("/v3/returns").query(true).reply(429, "", { "retry-after": "5" });
    await expect(session.pollOrders(cursor, callWithin())).rejects.toMatchObject({ failure: "rate_limited" });
  });

  it("in a form that is not known bring nothing back, and the others do", async () => {
    expectOrder();
    const odd = returnOrder("1", { ...arrived, purchaseOrderId: null });
    expect(await reversals(odd, returnOrder("2", arrived))).toHaveLength(2);
  });

  it("are none when Walmart answers 404, but for a page in the middle, which is read from the first one again", async () => {
    const { session } = connect(restocking);
    const none = errors("CONTENT_NOT_FOUND.GMP_RETURN_API", "No returns");
    expectNoOrders();
    const { cursor } = await session.pollOrders(new Date(), callWithin());
    walmart().get("/v3/returns").query(true).reply(404, none);
    expect(await session.pollOrders(cursor, callWithin())).toMatchObject({ orders: [], more: false });

    walmart().get("/v3/returns?offset=50").reply(404, none);
    expectReturns([returnOrder("2", arrived)]);
    expectOrder();
    const middle = cursor.replace('"next":null', '"next":"?offset=50"');
    expect(await session.pollOrders(middle, callWithin())).toMatchObject({ orders: [{ orderId: "77" }], more: false });
  });

  it("are read from the API when an event tells of one, whatever its name", async () => {
    const { session } = connect(restocking);
    const payload = { returnOrders: [{ purchaseOrderId: "77", returnOrderId: "5" }, { returnOrderId: "5" }] };
    const event = (topic: string) => ({
      deliveryId: "e-1",
      topic,
      headers: {},
      body: Buffer.from(JSON.stringify({ source: { eventType: topic, eventId: "e-1" }, payload })),
      receivedAt: "2026-11-20T10:00:01.000Z",
    });
    walmart()
      .get("/v3/returns?returnOrderId=5")
      .reply(200, { returnOrders: [returnOrder("5", arrived)] });
    expectOrder();
    const { orders } = await session.normalize(event("REFUND_ISSUED"), callWithin());
    expect(orders).toMatchObject([{ orderId: "77", lines: [{ reversals: [{}, {}] }] }]);
    const nothing = { orders: [], movements: [], signals: [] };
    expect(await connect().session.normalize(event("RETURN_CREATED"), callWithin())).toEqual(nothing);
  });
});
