import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, errors, expectShipNodes, ordersPage, purchaseOrder, useNockedWalmart, walmart } from "./testing.ts";

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
    windowFrom("2026-11-20T09:55:00Z", "2026-11-20T10:00:01Z", "2026-05-24T10:00:00Z").reply(
      200,
      page([purchaseOrder("1", created)], next),
    );
    const first = await session.pollOrders(null, callWithin());
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
    windowFrom("2026-11-20T09:55:01Z", "2026-11-20T10:30:00Z", "2026-05-24T10:30:00Z").reply(200, page([], null));
    expect(await session.pollOrders(second.cursor, callWithin())).toMatchObject({ orders: [], more: false });
  });

  it("reads the window again when the page query is refused", async () => {
    const { session } = connect();
    const cursor = JSON.stringify({ since: "2026-11-20T09:00:00Z", until: "2026-11-20T09:30:00Z", next: "?old=1" });
    walmart().get("/v3/orders?old=1").reply(400, errors("INVALID_REQUEST", "Invalid cursor"));
    windowFrom("2026-11-20T08:55:00Z", "2026-11-20T09:30:00Z", "2026-05-24T10:00:00Z").reply(
      200,
      page([purchaseOrder("1", created)], null),
    );
    expect(await session.pollOrders(cursor, callWithin())).toMatchObject({ orders: [{ orderId: "1" }], more: false });
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
    expect((await session.pollOrders(null, callWithin())).orders).toEqual([]);
  });

  it("tells of listings whose number an order may have moved: acknowledged, shipped, cancelled as out of stock", async () => {
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
      line({ ...sku("LONG-AGO"), ...units("Shipped"), statusDate: Date.now() - 3_600_000 }),
      line({ ...sku("WISH"), ...units("Cancelled", "CUSTOMER_REQUESTED_SELLER_TO_CANCEL") }),
      line({ ...sku("OOS"), ...units("Cancelled", "SELLER_CANCEL_OUT_OF_STOCK") }),
    ];
    walmart().get("/v3/orders").query(true).reply(200, page(orders, null));
    expectShipNodes("100009");
    const { signals } = await session.pollOrders(null, callWithin());
    expect(signals).toEqual(
      ["ACK", "SHIP", "OOS"].map((externalId) => ({
        type: "quantity_shown",
        externalId,
        externalLocationId: null,
        available: null,
        occurredAt: "2026-11-20T10:00:00.400Z",
      })),
    );
  });
});
