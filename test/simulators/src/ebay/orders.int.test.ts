import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEbay, type EbayBench } from "./testing.ts";

const path = "/sell/fulfillment/v1/order";
let ebay: EbayBench;
let token: string;

beforeEach(async () => {
  ebay = await openEbay([
    { sku: "A", quantity: 3, price: 10 },
    { sku: "B", quantity: 1 },
  ]);
  token = await ebay.userToken();
});

afterEach(() => ebay.simulator.stop());

const shown = (sku: string) => ebay.simulator.stock("acme").find((stock) => stock.sku === sku)?.available;
const list = (query: string) => ebay.call("GET", `${path}?${query}`, { token });
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const filtered = (filter: string) => list(`filter=${encodeURIComponent(filter)}`);
async function buy(...lines: readonly { sku: string; quantity: number }[]): Promise<string> {
  const placed = await ebay.simulator.placeOrder({ account: "acme", lines });
  if ("refused" in placed) throw new Error("sold out");
  return placed.orderId;
}

describe("a purchase", () => {
  it("lowers both the item's and the offer's quantity by itself", async () => {
    await buy({ sku: "A", quantity: 2 });
    expect(shown("A")).toBe(1);
    const { body } = await ebay.call("GET", "/sell/inventory/v1/offer?sku=A", { token });
    expect(body.offers[0]).toMatchObject({ availableQuantity: 1, listing: { soldQuantity: 2 } });
    const item = await ebay.call("GET", "/sell/inventory/v1/inventory_item/A", { token });
    expect(item.body.availability.shipToLocationAvailability.quantity).toBe(1);
    expect(ebay.events("quantity_written")).toEqual([]);
  });

  it("is refused as a whole when one line is sold out", async () => {
    const lines = [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 2 },
    ];
    expect(await ebay.simulator.placeOrder({ account: "acme", lines })).toEqual({ refused: "sold_out" });
    expect([shown("A"), shown("B")]).toEqual([3, 1]);
    expect((await list("")).body.total).toBe(0);
    expect(ebay.events("order_refused")).toMatchObject([{ lines }]);
  });

  it("reads as a paid order with a line for each item", async () => {
    const orderId = await buy({ sku: "A", quantity: 2 }, { sku: "B", quantity: 1 });
    expect(orderId).toMatch(/^\d{2}-\d{5}-\d{5}$/);
    expect((await ebay.call("GET", `${path}/${orderId}`, { token })).body).toMatchObject({
      orderId,
      orderPaymentStatus: "PAID",
      orderFulfillmentStatus: "NOT_STARTED",
      cancelStatus: { cancelState: "NONE_REQUESTED", cancelRequests: [] },
      lineItems: [
        { sku: "A", quantity: 2, lineItemCost: { value: "20.00", currency: "USD" } },
        { sku: "B", quantity: 1 },
      ],
    });
    expect((await ebay.call("GET", `${path}/00-00000-00000`, { token })).status).toBe(404);
  });
});

describe("a cancelled order", () => {
  it("is told by its state, with the requests in getOrder alone", async () => {
    const orderId = await buy({ sku: "A", quantity: 1 });
    const before = (await ebay.call("GET", `${path}/${orderId}`, { token })).body;
    await ebay.simulator.cancelOrder("acme", orderId);
    const one = (await ebay.call("GET", `${path}/${orderId}`, { token })).body;
    expect(one).toMatchObject({
      orderPaymentStatus: "FULLY_REFUNDED",
      cancelStatus: { cancelState: "CANCELED", cancelRequests: [{ cancelRequestState: "COMPLETED" }] },
    });
    expect(Date.parse(one.lastModifiedDate)).toBeGreaterThanOrEqual(Date.parse(before.lastModifiedDate));
    const [listed] = (await list("")).body.orders;
    expect(listed.cancelStatus).toMatchObject({ cancelState: "CANCELED", cancelRequests: [] });
    await expect(ebay.simulator.cancelOrder("acme", orderId)).rejects.toThrow("cancelled already");
  });

  it("leaves the listing as it is, unless told to restock", async () => {
    await ebay.simulator.cancelOrder("acme", await buy({ sku: "B", quantity: 1 }));
    expect(shown("B")).toBe(0);
    expect(ebay.events("order_cancelled")).toMatchObject([{ restocked: false }]);

    const kind = await openEbay([{ sku: "B", quantity: 1 }], { restocksCancelled: true });
    const placed = await kind.simulator.placeOrder({ account: "acme", lines: [{ sku: "B", quantity: 1 }] });
    if ("orderId" in placed) await kind.simulator.cancelOrder("acme", placed.orderId);
    expect(kind.simulator.stock("acme")).toMatchObject([{ sku: "B", available: 1 }]);
    await kind.simulator.stop();
  });
});

describe("a shipped order", () => {
  it("reads as fulfilled, is found by that state, and can't be cancelled", async () => {
    const orderId = await buy({ sku: "A", quantity: 1 });
    await buy({ sku: "B", quantity: 1 });
    await ebay.simulator.shipOrder?.("acme", orderId);
    const { body } = await filtered("orderfulfillmentstatus:{FULFILLED}");
    expect(body.orders).toMatchObject([
      { orderId, orderFulfillmentStatus: "FULFILLED", lineItems: [{ lineItemFulfillmentStatus: "FULFILLED" }] },
    ]);
    await expect(ebay.simulator.cancelOrder("acme", orderId)).rejects.toThrow("shipped already");
  });
});

describe("getOrders", () => {
  it("pages by records skipped", async () => {
    const ids = [
      await buy({ sku: "A", quantity: 1 }),
      await buy({ sku: "A", quantity: 1 }),
      await buy({ sku: "A", quantity: 1 }),
    ];
    const { body } = await list("limit=2&offset=1");
    expect(body.orders.map(({ orderId }: { orderId: string }) => orderId)).toEqual(ids.slice(1));
    expect(body.next).toBeUndefined();
    expect((await list("limit=2")).body.next).toContain("offset=2");
    expect((await list("limit=201")).status).toBe(400);
  });

  it("finds by window of modification, creation winning when both are there", async () => {
    const orderId = await buy({ sku: "A", quantity: 1 });
    const now = new Date().toISOString();
    const since = daysAgo(300);
    const past = `${since}..${daysAgo(299)}`;
    expect((await filtered(`lastmodifieddate:[${past}]`)).body.orders).toEqual([]);
    expect((await filtered(`lastmodifieddate:[${since}..${now}]`)).body.orders).toMatchObject([{ orderId }]);
    expect((await filtered(`lastmodifieddate:[${since}..]`)).body.total).toBe(1);
    const both = `lastmodifieddate:[${past}],creationdate:[${since}..]`;
    expect((await filtered(both)).body.total).toBe(1);
    const status = `lastmodifieddate:[${since}..],orderfulfillmentstatus:{FULFILLED}`;
    expect((await filtered(status)).body.total).toBe(0);
  });

  it("refuses an end in the future, a start over two years ago and a filter it can't read", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const future = await filtered(`lastmodifieddate:[${daysAgo(300)}..${soon}]`);
    expect(future).toMatchObject({ status: 400, body: { errors: [{ errorId: 30850 }] } });
    expect((await filtered(`lastmodifieddate:[${daysAgo(740)}..]`)).status).toBe(400);
    expect((await filtered("lastmodifieddate:[yesterday..]")).status).toBe(400);
    expect((await filtered(`lastmodified:[${daysAgo(300)}..]`)).status).toBe(400);
  });

  it("gives up to 50 orders by id, whatever else is asked", async () => {
    const orderId = await buy({ sku: "A", quantity: 1 });
    await buy({ sku: "A", quantity: 1 });
    expect((await list(`orderIds=${orderId},unknown&limit=999`)).body.orders).toMatchObject([{ orderId }]);
    expect((await list(`orderIds=${Array.from({ length: 51 }, () => orderId).join(",")}`)).status).toBe(400);
  });
});
