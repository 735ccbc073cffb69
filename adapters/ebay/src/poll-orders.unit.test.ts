import nock from "nock";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, channelErrorOf, ebay, openSession, useNock } from "./testing/harness.ts";

const NOW = "2026-11-21T09:00:00.000Z";

beforeEach(() => vi.useFakeTimers({ now: Date.parse(NOW), toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());
useNock();

function order(orderId: string, more: object = {}) {
  return {
    orderId,
    creationDate: "2026-11-21T08:58:00.000Z",
    lastModifiedDate: "2026-11-21T08:59:00.000Z",
    cancelStatus: { cancelState: "NONE_REQUESTED", cancelRequests: [] },
    lineItems: [{ lineItemId: "l-1", sku: "a/b", legacyItemId: "110", legacyVariationId: "0", quantity: 2 }],
    buyer: { username: "somebody" },
    ...more,
  };
}

function page(window: { from: string; to: string; offset: number }, total: number, ...orders: object[]) {
  const filter = `lastmodifieddate:[${window.from}..${window.to}]`;
  ebay()
    .get("/sell/fulfillment/v1/order")
    .query({ filter, limit: "200", offset: String(window.offset) })
    .reply(200, { total, orders });
}

const firstWindow = { from: "2026-11-21T08:55:00.000Z", to: NOW, offset: 0 };

async function snapshot(more: object) {
  page(firstWindow, 1, order("12-1", more));
  const { orders } = await openSession().session.pollOrders(new Date(), call());
  return orders[0];
}

describe("polling orders", () => {
  it("starts five minutes before the connection, however late, and overlaps the next window by as much", async () => {
    page({ ...firstWindow, from: "2026-11-19T21:25:00.000Z" }, 1, order("12-1"));
    const { session, spent } = openSession();
    const first = await session.pollOrders(new Date("2026-11-19T21:30:00.000Z"), call());
    expect(first.more).toBe(false);
    expect(first.orders.map(({ orderId }) => orderId)).toEqual(["12-1"]);
    expect(spent).toEqual([{ bucket: "fulfillment", cost: 1, urgency: "background" }]);

    vi.setSystemTime("2026-11-21T09:10:00.000Z");
    page({ from: "2026-11-21T08:55:00.000Z", to: "2026-11-21T09:10:00.000Z", offset: 0 }, 1, order("12-1"));
    const second = await session.pollOrders(first.cursor, call());
    expect(second.orders).toEqual(first.orders);
    expect(second.more).toBe(false);
  });

  it("reads a window of several pages from its last page back, so that none is skipped while orders change", async () => {
    const { session } = openSession();
    page(firstWindow, 401, order("12-1"));
    page({ ...firstWindow, offset: 400 }, 401, order("12-401"));
    page({ ...firstWindow, offset: 200 }, 400, order("12-201"));
    page(firstWindow, 400, order("12-1"), order("12-2"));
    const seen: string[] = [];
    let read = await session.pollOrders(new Date(), call());
    for (; read.more; read = await session.pollOrders(read.cursor, call())) {
      seen.push(...read.orders.map(({ orderId }) => orderId));
      vi.setSystemTime(Date.now() + 1_000); // the window stays where it was
    }
    seen.push(...read.orders.map(({ orderId }) => orderId));
    expect(seen).toEqual(["12-1", "12-401", "12-201", "12-1", "12-2"]);
    expect(read.completeUntil).toBe("2026-11-21T08:59:00.000Z");
    expect(JSON.parse(read.cursor)).toEqual({ from: "2026-11-21T08:55:00.000Z" });
  });

  it("reads until this moment, and claims the orders complete until a minute before, as eBay may list a sale late", async () => {
    page(firstWindow, 0);
    const read = await openSession().session.pollOrders(JSON.stringify({ from: firstWindow.from }), call());
    expect(read.completeUntil).toBe("2026-11-21T08:59:00.000Z");
  });

  it("looks back no further than eBay does, two years, after however long a pause", async () => {
    page({ ...firstWindow, from: "2024-11-22T09:00:00.000Z" }, 0);
    const cursor = JSON.stringify({ from: "2024-01-01T00:00:00.000Z" });
    const read = await openSession().session.pollOrders(cursor, call());
    expect(JSON.parse(read.cursor)).toEqual({ from: "2026-11-21T08:55:00.000Z" });
  });

  /** eBay by another clock: it refuses every window that ends after its own time. */
  function byClock(now: string, asked: string[]) {
    ebay()
      .get("/sell/fulfillment/v1/order")
      .query(true)
      .times(5)
      .reply((request: Request) => {
        const [, from = "", to = ""] =
          /\[(.*)\.\.(.*)\]/.exec(new URL(request.url).searchParams.get("filter") ?? "") ?? [];
        asked.push(to);
        if (to > now) return [400, { errors: [{ errorId: 30850, message: "The end date can't be in the future" }] }];
        return from < to ? [200, { total: 0, orders: [] }] : [400, { errors: [{ errorId: 30820 }] }];
      });
  }

  it("draws the window back while eBay's clock is behind ours, and claims the orders complete by its end alone", async () => {
    const asked: string[] = [];
    byClock("2026-11-21T08:59:20.000Z", asked);
    const read = await openSession().session.pollOrders(new Date(), call());
    expect(asked).toEqual([NOW, "2026-11-21T08:59:55.000Z", "2026-11-21T08:59:00.000Z"]);
    expect(read.completeUntil).toBe("2026-11-21T08:58:00.000Z");
    expect(JSON.parse(read.cursor)).toEqual({ from: "2026-11-21T08:54:00.000Z" });
    nock.cleanAll();
  });

  it("goes on with a clock that is a quarter of an hour ahead, and says so when it is further", async () => {
    byClock("2026-11-21T08:45:00.000Z", []);
    const read = await openSession().session.pollOrders(new Date(), call());
    expect(JSON.parse(read.cursor)).toEqual({ from: "2026-11-21T08:25:00.000Z" });
    nock.cleanAll();
    byClock("2026-11-21T07:00:00.000Z", []);
    const error = await channelErrorOf(openSession().session.pollOrders(new Date(), call()));
    expect(error).toMatchObject({ failure: "rejected", code: "30850" });
  });

  it("reads the orders of a page though eBay writes null where one has nothing", async () => {
    const lineItems = [{ lineItemId: "l-1", sku: null, legacyItemId: "110", legacyVariationId: null, quantity: 1 }];
    const none = { lineItems, cancelStatus: { cancelState: "NONE_REQUESTED", cancelledDate: null } };
    page(firstWindow, 2, order("12-1", none), order("12-2", { cancelStatus: null }));
    const { orders } = await openSession().session.pollOrders(new Date(), call());
    expect(orders.map(({ orderId }) => orderId)).toEqual(["12-1", "12-2"]);
    expect(orders[0]?.lines[0]?.item).toEqual({ refs: ["item:110"], sku: null });
  });

  it("refuses a cursor that is not its own", async () => {
    const error = await channelErrorOf(openSession().session.pollOrders("next-page", call()));
    expect(error).toMatchObject({ failure: "rejected", code: "bad_cursor" });
  });
});

describe("what an order means", () => {
  it("is sold from the moment it exists, line by line", async () => {
    expect(await snapshot({ orderPaymentStatus: "PENDING" })).toEqual({
      orderId: "12-1",
      placedAt: "2026-11-21T08:58:00.000Z",
      lines: [
        {
          lineId: "l-1",
          item: { refs: ["item:110:a/b", "item:110", "a/b"], sku: "a/b" },
          externalLocationId: null,
          quantity: 2,
          state: "sold",
          reversals: [],
        },
      ],
    });
  });

  it.each([
    ["a variation", { sku: "R", legacyVariationId: "550" }, ["item:110:R", "R"], "R"],
    ["a variation without SKU", { legacyVariationId: "550" }, ["item:110:550"], null],
    ["a listing without SKU", { legacyVariationId: "0" }, ["item:110"], null],
    ["a SKU that may or may not be a variation", { sku: "R" }, ["item:110:R", "item:110", "R"], "R"],
  ])("names %s most specific first: never a variation by its listing alone", async (_, given, refs, sku) => {
    const lineItems = [{ lineItemId: "l-1", legacyItemId: "110", quantity: 1, ...given }];
    expect((await snapshot({ lineItems }))?.lines[0]?.item).toEqual({ refs, sku });
  });

  it.each(["1e5", "1.10", "007", "A/B #1+", "Größe-42"])("leaves the SKU %s as it is", async (sku) => {
    const lineItems = [{ lineItemId: "9007199254740993", sku, quantity: 1 }];
    expect((await snapshot({ lineItems }))?.lines[0]).toMatchObject({
      lineId: "9007199254740993",
      item: { refs: [sku], sku },
    });
  });

  it.each(["CANCELED", "CANCELLED"])("takes every line back whole when it is %s", async (cancelState) => {
    const cancelledDate = "2026-11-21T08:59:30.000Z";
    const read = await snapshot({ cancelStatus: { cancelState, cancelledDate } });
    expect(read?.lines[0]).toMatchObject({
      quantity: 2,
      state: "sold",
      reversals: [
        { key: "cancel", quantity: 2, reason: "order_cancelled", externalLocationId: null, occurredAt: cancelledDate },
      ],
    });
  });

  it("gives a cancellation without a date the same one each time it is told", async () => {
    const cancelStatus = { cancelState: "CANCELED" };
    const tellings = [
      await snapshot({ cancelStatus, lastModifiedDate: "2026-11-21T08:59:10.000Z" }),
      await snapshot({ cancelStatus, lastModifiedDate: "2026-11-21T08:59:50.000Z" }),
    ];
    expect(tellings[1]).toEqual(tellings[0]);
  });

  it.each(["FULFILLED", "IN_PROGRESS"])("takes nothing back of a cancelled line that is %s", async (status) => {
    const lineItems = [{ lineItemId: "l-1", sku: "A", quantity: 2, lineItemFulfillmentStatus: status }];
    const read = await snapshot({ cancelStatus: { cancelState: "CANCELED" }, lineItems });
    expect(read?.lines[0]?.reversals).toEqual([]);
  });

  it("counts a line of no units for nothing, and reads the others", async () => {
    const lineItems = [
      { lineItemId: "l-1", sku: "A", quantity: 0 },
      { lineItemId: "l-2", sku: "B", quantity: 1 },
    ];
    expect((await snapshot({ lineItems }))?.lines.map(({ quantity }) => quantity)).toEqual([0, 1]);
  });

  it.each([
    ["a cancellation still asked for", { cancelStatus: { cancelState: "IN_PROGRESS" } }],
    [
      "a refund of one line",
      {
        orderPaymentStatus: "PARTIALLY_REFUNDED",
        lineItems: [{ lineItemId: "l-1", sku: "A", quantity: 2, refunds: [{ refundId: "r-1", amount: {} }] }],
      },
    ],
    ["a payment that failed", { orderPaymentStatus: "FAILED" }],
    [
      "a refund of it all",
      { orderPaymentStatus: "FULLY_REFUNDED", paymentSummary: { refunds: [{ refundId: "r-1" }] } },
    ],
  ])("moves no stock for %s", async (_, more) => {
    expect((await snapshot(more))?.lines[0]?.reversals).toEqual([]);
  });
});
