import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, errors, ordersPage, purchaseOrder, useNockedWalmart, walmart } from "./testing.ts";

const created = [{ status: "Created", amount: "3" }];

describe("polling orders", () => {
  useNockedWalmart();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-20T10:00:00.400Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const page = ordersPage;
  const windowFrom = (lastModifiedStartDate: string, lastModifiedEndDate: string, createdStartDate: string) =>
    walmart().get("/v3/orders").query({
      lastModifiedStartDate,
      lastModifiedEndDate,
      createdStartDate,
      limit: "200",
      productInfo: "false",
      shipNodeType: "SellerFulfilled",
      replacementInfo: "true",
    });

  it("appends Walmart's next page query unchanged, then goes on from the window's end with an overlap", async () => {
    const { session } = connect({ credentials: { accessTokenExpiresAt: Date.parse("2026-11-20T11:00:00Z") } });
    const next = "?limit=200&hasMoreElements=true&soIndex=31&poIndex=10&partnerId=100009&sellerId=8&x=a%2Bb";
    windowFrom("2026-11-20T09:55:00Z", "2026-11-20T10:00:01Z", "2026-05-24T11:00:00Z").reply(
      200,
      page([purchaseOrder("1", created)], next),
    );
    const first = await session.pollOrders(new Date(), callWithin());
    expect([first.orders.map(({ orderId }) => orderId), first.more]).toEqual([["1"], true]);

    const asked: string[] = [];
    walmart()
      .get("/v3/orders")
      .query(true)
      .reply(200, (request: Request) => {
        asked.push(request.url);
        return page([purchaseOrder("2", created)], null);
      });
    const second = await session.pollOrders(first.cursor, callWithin());
    expect(asked).toEqual([`https://marketplace.walmartapis.com/v3/orders${next}`]);
    expect([second.orders.map(({ orderId }) => orderId), second.more]).toEqual([["2"], false]);

    vi.setSystemTime(new Date("2026-11-20T10:30:00.000Z"));
    windowFrom("2026-11-20T09:55:01Z", "2026-11-20T10:30:00Z", "2026-05-24T11:30:00Z").reply(200, page([], null));
    expect(await session.pollOrders(second.cursor, callWithin())).toMatchObject({ orders: [], more: false });
  });

  it("starts five minutes before the connection, however late, and reads a time of too many orders in halves", async () => {
    const { session } = connect();
    const tooMany = { ...page([]), list: { meta: { totalCount: 10_001, nextCursor: "?p=2" } } };
    windowFrom("2026-11-18T09:55:00Z", "2026-11-20T10:00:01Z", "2026-05-24T11:00:00Z").reply(200, tooMany);
    const whole = await session.pollOrders(new Date("2026-11-18T10:00:00.700Z"), callWithin());
    expect(whole).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-18T09:55:00Z", "2026-11-19T10:00:00Z", "2026-05-24T11:00:00Z").reply(
      200,
      page([purchaseOrder("1", created)]),
    );
    expect(await session.pollOrders(whole.cursor, callWithin())).toMatchObject({
      orders: [{ orderId: "1" }],
      more: true,
    });
  });

  it("claims orders complete until the window's end, however much later its last page is read", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: "?p=2" });
    walmart().get("/v3/orders?p=2").reply(200, page([]));
    expect(await session.pollOrders(cursor, callWithin())).toMatchObject({
      more: false,
      completeUntil: "2026-11-20T09:30:00Z",
    });
  });

  it("reads a window in halves when its page query is refused, and all of it before it is done", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: "?old=1" });
    walmart().get("/v3/orders?old=1").reply(400, errors("INVALID_REQUEST", "Invalid cursor"));
    const refused = await session.pollOrders(cursor, callWithin());
    expect(refused).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-20T08:55:00Z", "2026-11-20T09:15:00Z", "2026-05-24T11:00:00Z").reply(
      200,
      page([purchaseOrder("1", created)], null),
    );
    const half = await session.pollOrders(refused.cursor, callWithin());
    expect(half).toMatchObject({ orders: [{ orderId: "1" }], more: true });
    windowFrom("2026-11-20T09:10:00Z", "2026-11-20T10:00:01Z", "2026-05-24T11:00:00Z").reply(200, page([], null));
    expect(await session.pollOrders(half.cursor, callWithin())).toMatchObject({ orders: [], more: false });
  });

  it.each([
    [
      "counts more than Walmart lists",
      200,
      { ...page([]), list: { meta: { totalCount: 10_001, nextCursor: "?p=2" } } },
    ],
    ["is refused", 400, errors("INVALID_REQUEST_PARAM", "More than 10000 orders")],
  ])("reads a window in halves that %s", async (_name, status, body) => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T08:00:00Z", until: "2026-11-20T09:00:00Z", next: null });
    windowFrom("2026-11-20T07:55:00Z", "2026-11-20T09:00:00Z", "2026-05-24T11:00:00Z").reply(status, body);
    const whole = await session.pollOrders(cursor, callWithin());
    expect(whole).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-20T07:55:00Z", "2026-11-20T08:30:00Z", "2026-05-24T11:00:00Z").reply(status, body);
    const half = await session.pollOrders(whole.cursor, callWithin());
    expect(half).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-20T07:55:00Z", "2026-11-20T08:15:00Z", "2026-05-24T11:00:00Z").reply(200, page([], null));
    expect(await session.pollOrders(half.cursor, callWithin())).toMatchObject({ more: true });
  });

  it("reads all pages of 10,000 orders, and is rejected where a second of orders is refused", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:00:01Z", next: null });
    const full = { list: { meta: { totalCount: 10_000, nextCursor: "?p=2" }, elements: { order: [] } } };
    walmart().get("/v3/orders").query(true).reply(200, full);
    const { cursor: next } = await session.pollOrders(cursor, callWithin());
    walmart().get("/v3/orders?p=2").reply(400, errors("INVALID_REQUEST", "Invalid cursor"));
    const again = await session.pollOrders(next, callWithin());
    expect(again).toMatchObject({ orders: [], more: true });
    walmart().get("/v3/orders").query(true).reply(400, errors("INVALID_REQUEST", "No"));
    await expect(session.pollOrders(again.cursor, callWithin())).rejects.toMatchObject({ failure: "rejected" });
  });

  it("takes the 404 of a search that finds nothing for a window without orders", async () => {
    const { session } = connect();
    const none = errors("CONTENT_NOT_FOUND.GMP_ORDER_API", "Orders not found for given search parameters");
    walmart().get("/v3/orders").query(true).reply(404, none);
    const { cursor, ...page } = await session.pollOrders(new Date(), callWithin());
    expect(page).toEqual({ orders: [], more: false, completeUntil: "2026-11-20T10:00:01Z", signals: [] });
    windowFrom("2026-11-20T09:55:01Z", "2026-11-20T10:00:01Z", "2026-05-24T11:00:00Z").reply(404, none);
    expect(await session.pollOrders(cursor, callWithin())).toMatchObject({ orders: [], more: false });
  });

  it("does not take a 404 in the middle of a list for its end: reads the window in halves", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: "?p=2" });
    walmart().get("/v3/orders?p=2").reply(404, errors("CONTENT_NOT_FOUND.GMP_ORDER_API", "Not found"));
    const lost = await session.pollOrders(cursor, callWithin());
    expect(lost).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-20T08:55:00Z", "2026-11-20T09:15:00Z", "2026-05-24T11:00:00Z").reply(200, page([]));
    expect(await session.pollOrders(lost.cursor, callWithin())).toMatchObject({ more: true });
  });

  it("reads a window in halves when orders left it between its pages: those behind them moved onto a page already read", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: null });
    const pageOf = (totalCount: number, nextCursor: string | null, ...ids: readonly string[]) => ({
      list: { meta: { totalCount, nextCursor }, elements: { order: ids.map((id) => purchaseOrder(id, created)) } },
    });
    walmart()
      .get("/v3/orders")
      .query(true)
      .reply(200, pageOf(3, "?p=2", "1", "2"));
    const first = await session.pollOrders(cursor, callWithin());
    walmart().get("/v3/orders?p=2").reply(200, pageOf(2, null));
    const moved = await session.pollOrders(first.cursor, callWithin());
    expect(moved).toMatchObject({ orders: [], more: true });
    windowFrom("2026-11-20T08:55:00Z", "2026-11-20T09:15:00Z", "2026-05-24T11:00:00Z").reply(
      200,
      pageOf(2, null, "2", "3"),
    );
    const half = await session.pollOrders(moved.cursor, callWithin());
    expect([half.orders.map(({ orderId }) => orderId), half.more]).toEqual([["2", "3"], true]);
  });

  it("ends at an empty page query as at none", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/orders")
      .query(true)
      .reply(200, page([purchaseOrder("1", created)], ""));
    expect(await session.pollOrders(new Date(), callWithin())).toMatchObject({
      orders: [{ orderId: "1" }],
      more: false,
    });
  });

  it("stops when Walmart names the same page again", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: "?p=1" });
    walmart().get("/v3/orders?p=1").reply(200, page([], "?p=1"));
    expect(await session.pollOrders(cursor, callWithin())).toMatchObject({ more: false });
  });

  it("leaves out what Walmart's own warehouses ship", async () => {
    const { session } = connect();
    const wfs = { ...purchaseOrder("3", created), shipNode: { type: "WFSFulfilled", id: "9" } };
    walmart()
      .get("/v3/orders")
      .query(true)
      .reply(200, page([wfs], null));
    expect((await session.pollOrders(new Date(), callWithin())).orders).toEqual([]);
  });

  it("tells of listings whose number an order may have moved: acknowledged, shipped, delivered, cancelled as out of stock", async () => {
    const { session } = connect();
    const line = (changes: object) => {
      const order = purchaseOrder("1", [{ status: "Created", amount: "3" }]);
      const [only] = order.orderLines.orderLine;
      return { ...order, orderLines: { orderLine: [{ ...only, statusDate: Date.now(), ...changes }] } };
    };
    const units = (status: string, cancellationReason?: string) => ({
      orderLineStatuses: {
        orderLineStatus: [{ status, statusQuantity: { amount: "3" }, cancellationReason: cancellationReason ?? null }],
      },
    });
    const sku = (name: string) => ({ item: { sku: name } });
    const orders = [
      line({ ...sku("NEW"), ...units("Created") }),
      line({ ...sku("ACK"), ...units("Acknowledged") }),
      line({ ...sku("SHIP"), ...units("Shipped") }),
      line({ ...sku("HOME"), ...units("Delivered") }),
      line({ ...sku("LONG-AGO"), ...units("Shipped"), statusDate: Date.now() - 3_600_000 }),
      line({ ...sku("WISH"), ...units("Cancelled", "CUSTOMER_REQUESTED_SELLER_TO_CANCEL") }),
      line({ ...sku("OOS"), ...units("Cancelled", "SELLER_CANCEL_OUT_OF_STOCK") }),
    ];
    walmart().get("/v3/orders").query(true).reply(200, page(orders, null));
    const { signals } = await session.pollOrders(new Date(), callWithin());
    const doubt = {
      type: "quantity_doubted",
      occurredAt: "2026-11-20T10:00:00.400Z",
    };
    expect(signals).toEqual(
      ["ACK", "SHIP", "HOME", "OOS"].flatMap((externalId) => [
        { ...doubt, externalId, externalLocationId: null },
        { ...doubt, externalId, externalLocationId: "100009" },
      ]),
    );
  });
});
