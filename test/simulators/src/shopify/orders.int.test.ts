import { describe, expect, it, vi } from "vitest";
import { at, listAt, textAt } from "../testing/path.ts";
import { shopifyClient } from "../testing/shopify-client.ts";
import { useShop } from "./testing.ts";

const its = useShop();
const { buy, received, subscribe } = its;

describe("polling orders", () => {
  const POLL = `query P($query: String!, $after: String) { orders(first: 1, query: $query, sortKey: UPDATED_AT, after: $after) {
    nodes { id updatedAt cancelledAt lineItems(first: 50) { nodes { id sku quantity currentQuantity } }
      refunds { id refundLineItems(first: 50) { nodes { id quantity restockType location { id } lineItem { id } } } } }
    pageInfo { hasNextPage endCursor } } }`;
  const poll = async (query: string, after: string | null = null) =>
    (await its.shop.graphql(POLL, { query, after })).body;

  it("finds what changed since a time, page by page, oldest change first", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-01T00:00:00Z") });
    const old = await buy();
    vi.setSystemTime(Date.parse("2026-11-01T01:00:00Z"));
    const second = await buy();
    vi.setSystemTime(Date.parse("2026-11-01T02:00:00Z"));
    await its.simulator.cancelOrder("acme", old);
    vi.setSystemTime(Date.parse("2026-11-01T03:00:00Z"));

    const query = "updated_at:>='2026-11-01T00:30:00Z'";
    const first = (await poll(query)).data?.["orders"];
    expect(first).toMatchObject({ nodes: [{ id: `gid://shopify/Order/${second}` }], pageInfo: { hasNextPage: true } });
    expect((await poll(query, textAt(first, "pageInfo.endCursor"))).data?.["orders"]).toMatchObject({
      nodes: [
        {
          id: `gid://shopify/Order/${old}`,
          cancelledAt: "2026-11-01T02:00:00Z",
          lineItems: { nodes: [{ sku: "A", quantity: 1, currentQuantity: 0 }] },
          refunds: [{ refundLineItems: { nodes: [{ quantity: 1, restockType: "CANCEL" }] } }],
        },
      ],
      pageInfo: { hasNextPage: false },
    });
    expect((await poll("updated_at:>'2026-11-01T02:00:00Z'")).data).toEqual({
      orders: expect.objectContaining({ nodes: [] }),
    });
  });

  it("refuses a search term it doesn't know rather than ignore it", async () => {
    expect((await poll("colour:blue")).errors).toMatchObject([{ message: expect.stringContaining("colour") }]);
  });

  it("shows the orders of the last 60 days, and older ones only with read_all_orders", async () => {
    const start = Date.parse("2026-08-01T00:00:00Z");
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const everything = shopifyClient(
      its.simulator,
      await its.simulator.addAccount({
        account: "old",
        listings: [{ sku: "A", quantity: 5 }],
        permissions: ["read_orders", "read_all_orders"],
      }),
    );
    const id = `gid://shopify/Order/${await buy()}`;
    const placed = await its.simulator.placeOrder({ account: "old", lines: [{ sku: "A", quantity: 1 }] });
    const oldId = `gid://shopify/Order/${"orderId" in placed ? placed.orderId : ""}`;
    const query = "query O($id: ID!) { order(id: $id) { id } orders(first: 5) { nodes { id } } }";
    vi.setSystemTime(start + 59 * 86_400_000);
    expect((await its.shop.graphql(query, { id })).body.data).toEqual({ order: { id }, orders: { nodes: [{ id }] } });
    vi.setSystemTime(start + 61 * 86_400_000);
    const token = textAt((await its.shop.oauth({ grant_type: "client_credentials" })).body, "access_token");
    expect((await its.shop.graphql(query, { id }, { "x-shopify-access-token": token })).body.data).toEqual({
      order: null,
      orders: { nodes: [] },
    });
    expect((await everything.graphql(query, { id: oldId })).body.data).toMatchObject({ order: { id: oldId } });
  });

  it("gives an order of more than 250 lines in pages", async () => {
    const listings = Array.from({ length: 251 }, (_, index) => ({ sku: `S${index}`, quantity: 1 }));
    const big = shopifyClient(its.simulator, await its.simulator.addAccount({ account: "big", listings }));
    await its.simulator.placeOrder({ account: "big", lines: listings });
    const query = `query L($after: String) { orders(first: 1) { nodes { lineItems(first: 250, after: $after) {
      nodes { sku } pageInfo { hasNextPage endCursor } } } } }`;
    const page = async (after: string | null) =>
      at((await big.graphql(query, { after })).body, "data.orders.nodes.0.lineItems");
    const first = await page(null);
    const second = await page(textAt(first, "pageInfo.endCursor"));
    expect([first, second].map((each) => [listAt(each, "nodes").length, at(each, "pageInfo.hasNextPage")])).toEqual([
      [250, true],
      [1, false],
    ]);
  });

  it("reads one order by its id", async () => {
    const id = `gid://shopify/Order/${await buy()}`;
    const query = "query O($id: ID!) { order(id: $id) { id name } }";
    expect((await its.shop.graphql(query, { id })).body.data).toEqual({ order: { id, name: "#1001" } });
    expect((await its.shop.graphql(query, { id: "gid://shopify/Order/1" })).body.data).toEqual({ order: null });
  });
});

describe("an order after it was placed", () => {
  const ORDER = `query O($id: ID!) { order(id: $id) { edited displayFulfillmentStatus
    lineItems(first: 10) { nodes { sku quantity currentQuantity } }
    refunds { refundLineItems(first: 10) { nodes { quantity restockType } } }
    agreements(first: 10) { nodes { reason sales(first: 10) { nodes { actionType quantity ... on ProductSale { lineItem { id } } } } } } } }`;
  const read = async (orderId: string) =>
    at((await its.shop.graphql(ORDER, { id: `gid://shopify/Order/${orderId}` })).body, "data.order");
  const units = () => its.simulator.stock("acme").map(({ available }) => available);

  it("that gets more units has them in its line and as an agreement of their own, off the shop's stock", async () => {
    await subscribe("ORDERS_EDITED");
    const orderId = await buy(2);
    await its.simulator.addToOrder("acme", orderId, { sku: "A", quantity: 1 });
    expect(units()).toEqual([2]);
    expect(await read(orderId)).toMatchObject({
      edited: true,
      lineItems: { nodes: [{ sku: "A", quantity: 3, currentQuantity: 3 }] },
      agreements: {
        nodes: expect.arrayContaining([
          { reason: "ORDER", sales: { nodes: [expect.objectContaining({ quantity: 2 })] } },
          { reason: "ORDER_EDIT", sales: { nodes: [expect.objectContaining({ quantity: 1 })] } },
        ]),
      },
    });
    const edited = (await received(1)).get("orders/edited")?.body ?? "";
    expect(edited).toContain(`"order_id":${orderId}`);
    expect(JSON.parse(edited)).toMatchObject({
      order_edit: { line_items: { additions: [{ delta: 1 }], removals: [] } },
    });
    await expect(its.simulator.addToOrder("acme", orderId, { sku: "A", quantity: 3 })).rejects.toThrow("sold out");
  });

  it("that loses units still has them in its quantity, and a refund says whether they went back", async () => {
    const orderId = await buy(3);
    await its.simulator.removeFromOrder("acme", orderId, { sku: "A", quantity: 1, restock: true });
    await its.simulator.removeFromOrder("acme", orderId, { sku: "A", quantity: 1, restock: false });
    expect(units()).toEqual([3]);
    expect(await read(orderId)).toMatchObject({
      lineItems: { nodes: [{ quantity: 3, currentQuantity: 1 }] },
      refunds: [
        { refundLineItems: { nodes: [{ quantity: 1, restockType: "CANCEL" }] } },
        { refundLineItems: { nodes: [{ quantity: 1, restockType: "NO_RESTOCK" }] } },
      ],
    });
  });

  it("that was shipped takes its units along, and what comes back is a return", async () => {
    const orderId = await buy(2);
    await its.simulator.shipOrder?.("acme", orderId);
    const committed = async () => {
      const query = `{ productVariants(first: 1) { nodes { inventoryItem { inventoryLevels(first: 1) { nodes {
        quantities(names: ["committed"]) { quantity } } } } } } }`;
      const path = "data.productVariants.nodes.0.inventoryItem.inventoryLevels.nodes.0.quantities.0.quantity";
      return at((await its.shop.graphql(query)).body, path);
    };
    expect(await committed()).toBe(0);
    await its.simulator.refundOrder("acme", orderId, { sku: "A", quantity: 1, restock: true });
    expect(await read(orderId)).toMatchObject({
      displayFulfillmentStatus: "FULFILLED",
      refunds: [{ refundLineItems: { nodes: [{ restockType: "RETURN" }] } }],
    });
    expect(units()).toEqual([4]);
    expect(await committed()).toBe(0);
    await expect(its.simulator.cancelOrder("acme", orderId)).rejects.toThrow("is shipped");
  });
});
