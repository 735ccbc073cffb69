import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, connect, errors } from "./testing/harness.ts";

const after = "2026-11-20T10:00:00.000Z";
const query = {
  lastUpdatedAfter: after,
  marketplaceIds: "ATVPDKIKX0DER",
  fulfilledBy: "MERCHANT",
  includedData: "FULFILLMENT,CANCELLATION",
  maxResultsPerPage: "100",
};
const orders = (asked: object) =>
  amazon()
    .get("/orders/2026-01-01/orders")
    .query({ ...asked });
const poll = (cursor: object) => connect().session.pollOrders(JSON.stringify(cursor), callWithin());

function order(fulfillmentStatus: string, item: object = {}) {
  return {
    orderId: "903-8868176-2219830",
    createdTime: "2026-11-20T09:00:00Z",
    lastUpdatedTime: "2026-11-20T10:30:00Z",
    fulfillment: { fulfillmentStatus, fulfilledBy: "MERCHANT" },
    orderItems: [{ orderItemId: "1", quantityOrdered: 3, product: { sellerSku: "CAP" }, ...item }],
  };
}

async function lineOf(polled: object) {
  orders(query).reply(200, { orders: [polled], lastUpdatedBefore: "2026-11-20T11:00:00Z" });
  const page = await poll({ lastUpdatedAfter: after });
  return page.orders[0]?.lines[0];
}

describe("pollOrders", () => {
  useNock();

  it("goes on two minutes before the end that Amazon named", async () => {
    orders(query).reply(200, { orders: [order("UNSHIPPED")], lastUpdatedBefore: "2026-11-20T11:00:00Z" });
    const page = await poll({ lastUpdatedAfter: after });
    expect(JSON.parse(page.cursor)).toEqual({ lastUpdatedAfter: "2026-11-20T10:58:00.000Z" });
    expect(page.more).toBe(false);
    expect(page.orders).toEqual([
      {
        orderId: "903-8868176-2219830",
        placedAt: "2026-11-20T09:00:00.000Z",
        lines: [
          {
            lineId: "1",
            item: { refs: ["CAP"], sku: "CAP" },
            externalLocationId: null,
            quantity: 3,
            state: "sold",
            reversals: [],
          },
        ],
      },
    ]);
  });

  it("starts ten minutes before the connection, however late, before the end that Amazon puts two minutes back", async () => {
    orders(query).reply(200, { orders: [order("UNSHIPPED")], lastUpdatedBefore: "2026-11-20T21:00:00Z" });
    const page = await connect().session.pollOrders(new Date("2026-11-20T10:10:00Z"), callWithin());
    expect(page.orders).toHaveLength(1);
    expect(JSON.parse(page.cursor)).toEqual({ lastUpdatedAfter: "2026-11-20T20:58:00.000Z" });
  });

  it("never moves the cursor back", async () => {
    orders(query).reply(200, { orders: [], lastUpdatedBefore: "2026-11-20T10:01:00Z" });
    expect(JSON.parse((await poll({ lastUpdatedAfter: after })).cursor)).toEqual({ lastUpdatedAfter: after });
  });

  it("ends a window of several pages where its first page said", async () => {
    const first = { orders: [], pagination: { nextToken: "two" }, lastUpdatedBefore: "2026-11-20T11:00:00Z" };
    orders(query).reply(200, first);
    orders({ ...query, paginationToken: "two" }).reply(200, { orders: [], lastUpdatedBefore: "2026-11-20T11:09:00Z" });
    const page = await poll({ lastUpdatedAfter: after });
    expect(page.more).toBe(true);
    const last = await poll(JSON.parse(page.cursor));
    expect(last.more).toBe(false);
    expect(JSON.parse(last.cursor)).toEqual({ lastUpdatedAfter: "2026-11-20T10:58:00.000Z" });
  });

  it("knows all orders until the end that Amazon named, and none of what it still holds back", async () => {
    const told = async (answer: object) => {
      orders(query).reply(200, { orders: [], ...answer });
      return (await poll({ lastUpdatedAfter: after })).completeUntil;
    };
    expect(await told({ lastUpdatedBefore: "2026-11-20T11:00:00Z" })).toBe("2026-11-20T11:00:00.000Z");
    expect(await told({})).toBe(after);
  });

  it("takes an order for sold of which Amazon tells no more than it promises, beside the others", async () => {
    const { fulfillment: _, ...bare } = order("any");
    const told = { orders: [bare, order("PENDING")], pagination: { nextToken: null } };
    orders(query).reply(200, told);
    const page = await poll({ lastUpdatedAfter: after });
    expect(page.orders.flatMap(({ lines }) => lines.map(({ state }) => state))).toEqual(["sold", "pending"]);
    expect(page.more).toBe(false);
  });

  it("starts the window again when its page token has expired", async () => {
    orders({ ...query, paginationToken: "old" }).reply(400, errors("InvalidInput", "paginationToken is expired"));
    orders(query).reply(200, { orders: [order("UNSHIPPED")], lastUpdatedBefore: "2026-11-20T11:00:00Z" });
    const page = await poll({ lastUpdatedAfter: after, paginationToken: "old", lastUpdatedBefore: after });
    expect(page.orders).toHaveLength(1);
    expect(JSON.parse(page.cursor)).toEqual({ lastUpdatedAfter: "2026-11-20T10:58:00.000Z" });
  });

  it("leaves FBA orders out", async () => {
    const fba = { ...order("UNSHIPPED"), fulfillment: { fulfillmentStatus: "UNSHIPPED", fulfilledBy: "AMAZON" } };
    orders(query).reply(200, { orders: [fba], lastUpdatedBefore: "2026-11-20T11:00:00Z" });
    expect((await poll({ lastUpdatedAfter: after })).orders).toEqual([]);
  });

  it.each([
    ["PENDING", "pending"],
    ["PENDING_AVAILABILITY", "pending"],
    ["UNSHIPPED", "sold"],
    ["PARTIALLY_SHIPPED", "sold"],
    ["SHIPPED", "sold"],
    ["UNFULFILLABLE", "sold"],
    ["CANCELLED", "cancelled_pending"],
    ["Canceled", "cancelled_pending"],
  ])("reads %s as %s", async (status, state) => {
    expect(await lineOf(order(status))).toMatchObject({ state, quantity: 3, reversals: [] });
  });

  it("takes the units of a replacement order like any other's", async () => {
    const replacement = { ...order("UNSHIPPED"), programs: ["REPLACEMENT"] };
    expect(await lineOf(replacement)).toMatchObject({ state: "sold", quantity: 3 });
  });

  it("takes back each cancelled unit of a standing order under a key of its own", async () => {
    const line = await lineOf(
      order("PARTIALLY_SHIPPED", {
        fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 0 },
        cancellation: { cancellationExecution: { cancelledBy: "BUYER" } },
      }),
    );
    expect(line?.reversals).toMatchObject([
      { key: "cancel:unit:1", quantity: 1, reason: "order_cancelled", occurredAt: "2026-11-20T09:00:00.000Z" },
      { key: "cancel:unit:2", quantity: 1 },
    ]);
  });

  it("lets go of all that a line holds that was cancelled whole and counts no units any more", async () => {
    const cancellation = { cancellationExecution: { cancelledBy: "BUYER" } };
    expect(await lineOf(order("UNSHIPPED", { quantityOrdered: 0, cancellation }))).toMatchObject({
      state: "cancelled_pending",
      quantity: 0,
      reversals: [],
    });
  });

  it.each([
    [
      "the number of ordered units fell with the cancellation",
      {
        quantityOrdered: 2,
        fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 1 },
        cancellation: { cancellationExecution: {} },
      },
    ],
    ["no cancellation was carried out", { fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 0 } }],
    [
      "a cancellation was only asked for",
      {
        fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 0 },
        cancellation: { cancellationRequest: { requester: "BUYER" } },
      },
    ],
    ["the units are not told", { fulfillment: {}, cancellation: { cancellationExecution: {} } }],
  ])("takes nothing back when %s", async (_name, item) => {
    expect(await lineOf(order("PARTIALLY_SHIPPED", item))).toMatchObject({ state: "sold", reversals: [] });
  });

  it("keeps ids and SKUs that look like numbers as the texts they are", async () => {
    const odd = { orderItemId: "90071992547409931", product: { sellerSku: "1e5" } };
    expect(await lineOf(order("UNSHIPPED", odd))).toMatchObject({
      lineId: "90071992547409931",
      item: { refs: ["1e5"], sku: "1e5" },
    });
  });
});
