import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BuyerOrder, Simulator } from "../simulator.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { amazonClient } from "../testing/amazon-client.ts";
import { startAmazonSimulator } from "./index.ts";

let simulator: Simulator;
let seller: ReturnType<typeof amazonClient>;

const listings = [
  { sku: "A", quantity: 5 },
  { sku: "FBA-1", quantity: 9, fulfilledByChannel: true },
];
beforeEach(async () => {
  simulator = await startAmazonSimulator({ seed: 1, scaleLimits: 100 });
  seller = amazonClient(simulator, await simulator.addAccount({ account: "acme", listings }));
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
});

async function buy(more: Partial<BuyerOrder> = {}): Promise<string> {
  const order = await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }], ...more });
  if ("refused" in order) throw new Error("sold out");
  return order.orderId;
}
const available = () => simulator.stock("acme")[0]?.available;
const ORDERS = "/orders/2026-01-01/orders";
const getOrder = async (id: string) =>
  (await seller.call("GET", `${ORDERS}/${id}?includedData=FULFILLMENT,CANCELLATION`)).body["order"];
const search = (query: string) => seller.call("GET", `${ORDERS}?${query}`);
const idsOf = (found: unknown) => listAt(found, "body.orders").map((order) => textAt(order, "orderId"));

describe("a search for orders that names no end", () => {
  const since = `lastUpdatedAfter=${new Date(Date.now() - 600_000).toISOString()}`;

  it("ends now, or as long ago as the simulator is told, and says when", async () => {
    const now = await buy();
    expect(idsOf(await search(since))).toEqual([now]);
    await simulator.stop();
    simulator = await startAmazonSimulator({ seed: 1, scaleLimits: 100, ordersBehindMs: 120_000 });
    seller = amazonClient(simulator, await simulator.addAccount({ account: "acme", listings }));
    await buy();
    const found = await search(since);
    expect(idsOf(found)).toEqual([]);
    expect(Date.now() - Date.parse(textAt(found, "body.lastUpdatedBefore"))).toBeGreaterThanOrEqual(120_000);
  });
});

describe("an order of which units are cancelled", () => {
  it("stands, keeps what was ordered, and counts what is left to be shipped; the units are on the listing again", async () => {
    const orderId = await buy();
    await simulator.cancelUnits?.("acme", orderId, { sku: "A", quantity: 1 });
    expect(available()).toBe(4);
    expect(await getOrder(orderId)).toMatchObject({
      fulfillment: { fulfillmentStatus: "UNSHIPPED" },
      orderItems: [
        {
          quantityOrdered: 2,
          fulfillment: { quantityFulfilled: 0, quantityUnfulfilled: 1 },
          cancellation: { cancellationExecution: { cancelledBy: "BUYER" } },
        },
      ],
    });
  });

  it("is cancelled with its last unit, which comes back once", async () => {
    const orderId = await buy();
    await simulator.cancelUnits?.("acme", orderId, { sku: "A", quantity: 1 });
    await simulator.cancelOrder("acme", orderId);
    expect(available()).toBe(5);
    expect(await getOrder(orderId)).toMatchObject({ fulfillment: { fulfillmentStatus: "CANCELLED" } });
  });

  it("refuses to cancel more units than are left", async () => {
    const orderId = await buy();
    await expect(simulator.cancelUnits?.("acme", orderId, { sku: "A", quantity: 3 })).rejects.toThrow("left to cancel");
  });
});

describe("an order that is shipped", () => {
  it("has its units fulfilled, moves no stock and can't be shipped twice", async () => {
    const orderId = await buy();
    await simulator.shipOrder?.("acme", orderId);
    expect(available()).toBe(3);
    expect(await getOrder(orderId)).toMatchObject({
      fulfillment: { fulfillmentStatus: "SHIPPED" },
      orderItems: [{ fulfillment: { quantityFulfilled: 2, quantityUnfulfilled: 0 } }],
    });
    await expect(simulator.shipOrder?.("acme", orderId)).rejects.toThrow("not UNSHIPPED");
  });
});

describe("a pending order", () => {
  it("has already taken its units off the listing", async () => {
    const orderId = await buy({ pending: true });
    expect(available()).toBe(3);
    expect(await getOrder(orderId)).toMatchObject({
      fulfillment: { fulfillmentStatus: "PENDING", fulfilledBy: "MERCHANT" },
      orderItems: [{ quantityOrdered: 2, product: { sellerSku: "A" }, fulfillment: { quantityUnfulfilled: 2 } }],
    });
  });

  it("becomes unshipped by settling, once, without moving stock again", async () => {
    const orderId = await buy({ pending: true });
    await simulator.settleOrder("acme", orderId);
    expect(await getOrder(orderId)).toMatchObject({ fulfillment: { fulfillmentStatus: "UNSHIPPED" } });
    expect(available()).toBe(3);
    await expect(simulator.settleOrder("acme", orderId)).rejects.toThrow("not PENDING");
  });

  it("gives its units back when the buyer cancels, once", async () => {
    const orderId = await buy({ pending: true });
    await simulator.cancelOrder("acme", orderId);
    expect(available()).toBe(5);
    expect(await getOrder(orderId)).toMatchObject({
      fulfillment: { fulfillmentStatus: "CANCELLED" },
      orderItems: [{ cancellation: { cancellationExecution: { cancelledBy: "BUYER" } } }],
    });
    await expect(simulator.cancelOrder("acme", orderId)).rejects.toThrow("cancelled already");
    expect(available()).toBe(5);
  });
});

describe("an order", () => {
  it("stands at once unless it is asked to stay pending", async () => {
    expect(await getOrder(await buy())).toMatchObject({ fulfillment: { fulfillmentStatus: "UNSHIPPED" } });
  });

  it("can't be refunded in a way the seller hears of", async () => {
    const orderId = await buy();
    await expect(simulator.refundOrder("acme", orderId, { sku: "A", quantity: 1, restock: true })).rejects.toThrow(
      "amazon",
    );
  });

  it("comes with its items, and with fulfillment and cancellation only when asked", async () => {
    const { body } = await seller.call("GET", `${ORDERS}/${await buy()}`);
    expect(body).toMatchObject({ order: { orderItems: [{ product: { sellerSku: "A" } }] } });
    expect(at(body, "order.fulfillment")).toBeUndefined();
  });

  it.each(["BUYER", "RECIPIENT"])("tells no %s to an app without a restricted role", async (set) => {
    const orderId = await buy();
    expect((await seller.call("GET", `${ORDERS}/${orderId}?includedData=FULFILLMENT,${set}`)).status).toBe(403);
    expect((await search(`lastUpdatedAfter=2026-01-01T00:00:00Z&includedData=${set}`)).status).toBe(403);
  });

  it("that is unknown is a 404", async () => {
    expect((await seller.call("GET", `${ORDERS}/903-0000000-0000000`)).status).toBe(404);
  });
});

describe("searchOrders", () => {
  it("finds what changed since a time page by page, and tells up to when", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    const first = await buy({ pending: true });
    vi.setSystemTime(Date.now() + 60_000);
    const second = await buy();
    vi.setSystemTime(Date.now() + 60_000);
    const since = new Date(Date.now() - 90_000).toISOString();
    await simulator.settleOrder("acme", first);

    const page = await search(`lastUpdatedAfter=${since}&maxResultsPerPage=1`);
    expect(idsOf(page)).toEqual([second]);
    expect(page.body["lastUpdatedBefore"]).toBe(new Date().toISOString());
    const next = await search(
      `lastUpdatedAfter=${since}&maxResultsPerPage=1&paginationToken=${textAt(page, "body.pagination.nextToken")}`,
    );
    expect(idsOf(next)).toEqual([first]);
    expect(next.body["pagination"]).toEqual({});
    const created = await search(`createdAfter=${since}`);
    expect(idsOf(created)).toEqual([second]);
  });

  it("tells merchant and Amazon fulfilled orders apart", async () => {
    const own = await buy();
    const fba = await buy({ lines: [{ sku: "FBA-1", quantity: 1 }] });
    const by = async (party: string) =>
      idsOf(await search(`lastUpdatedAfter=2026-01-01T00:00:00Z&fulfilledBy=${party}`));
    expect([await by("MERCHANT"), await by("AMAZON")]).toEqual([[own], [fba]]);
  });

  it("keeps to the marketplaces and statuses that are asked for", async () => {
    const pending = await buy({ pending: true });
    const unshipped = await buy();
    const since = "lastUpdatedAfter=2026-01-01T00:00:00Z";
    expect(idsOf(await search(`${since}&fulfillmentStatuses=PENDING`))).toEqual([pending]);
    expect(idsOf(await search(`${since}&fulfillmentStatuses=UNSHIPPED,CANCELLED`))).toEqual([unshipped]);
    expect(idsOf(await search(`${since}&marketplaceIds=A2EUQ1WTGCTBG2`))).toEqual([]);
  });

  it.each([
    ["no time at all", ""],
    ["both times", "lastUpdatedAfter=2026-01-01T00:00:00Z&createdAfter=2026-01-01T00:00:00Z"],
    ["mixed limits", "lastUpdatedAfter=2026-01-01T00:00:00Z&createdBefore=2026-01-02T00:00:00Z"],
    ["no time but a word", "lastUpdatedAfter=yesterday"],
    ["a page of 101", "lastUpdatedAfter=2026-01-01T00:00:00Z&maxResultsPerPage=101"],
    ["a made-up token", "lastUpdatedAfter=2026-01-01T00:00:00Z&paginationToken=x"],
  ])("refuses %s", async (_case, query) => {
    expect((await search(query)).status).toBe(400);
  });

  it("wants an upper limit at least two minutes in the past", async () => {
    const since = "lastUpdatedAfter=2026-01-01T00:00:00Z";
    const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
    expect((await search(`${since}&lastUpdatedBefore=${ago(60_000)}`)).status).toBe(400);
    expect((await search(`${since}&lastUpdatedBefore=${ago(121_000)}`)).status).toBe(200);
  });
});
