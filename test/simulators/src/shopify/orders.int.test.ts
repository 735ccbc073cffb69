import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { shopifyClient } from "../testing/shopify-client.ts";
import { startShopifySimulator, type ShopifySimulator } from "./index.ts";

let simulator: ShopifySimulator;
let receiver: Receiver;
let shop: ReturnType<typeof shopifyClient>;

beforeEach(async () => {
  receiver = await startReceiver();
  simulator = await startShopifySimulator({ seed: 1 });
  shop = shopifyClient(
    simulator,
    await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] }),
  );
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
  await receiver[Symbol.asyncDispose]();
});

const CREATE = `mutation S($topic: WebhookSubscriptionTopic!, $s: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $s) { webhookSubscription { id topic uri } userErrors { field message } } }`;
const subscribe = async (topic: string, more: object = {}) =>
  (await shop.graphql(CREATE, { topic, s: { uri: receiver.url, format: "JSON", ...more } })).body.data?.[
    "webhookSubscriptionCreate"
  ];
async function buy(quantity = 1): Promise<string> {
  const order = await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity }] });
  if ("refused" in order) throw new Error("sold out");
  return order.orderId;
}
const received = async (count: number) => {
  await vi.waitFor(() => expect(receiver.received).toHaveLength(count));
  return new Map(receiver.received.map((each) => [String(each.headers["x-shopify-topic"]), each]));
};

describe("webhook subscriptions", () => {
  it("are created, listed and deleted", async () => {
    await subscribe("ORDERS_CREATE");
    const list = async () =>
      (await shop.graphql("{ webhookSubscriptions(first: 250) { nodes { id topic uri } } }")).body.data;
    const found = at(await list(), "webhookSubscriptions.nodes.0");
    expect(found).toMatchObject({ topic: "ORDERS_CREATE", uri: receiver.url });
    const remove =
      "mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }";
    await shop.graphql(remove, { id: textAt(found, "id") });
    expect(await list()).toEqual({ webhookSubscriptions: { nodes: [] } });
    await buy();
    expect(simulator.history("acme").filter(({ type }) => type === "notified")).toEqual([]);
  });

  it("are refused twice for the same topic and address", async () => {
    await subscribe("ORDERS_CREATE");
    expect(await subscribe("ORDERS_CREATE")).toMatchObject({
      webhookSubscription: null,
      userErrors: [{ message: "Address for this topic has already been taken" }],
    });
  });

  it("take https and loopback http only", async () => {
    expect(await subscribe("ORDERS_CREATE", { uri: "https://hub.example/hooks" })).toMatchObject({ userErrors: [] });
    expect(await subscribe("ORDERS_CREATE", { uri: "http://hub.example/hooks" })).toMatchObject({
      webhookSubscription: null,
    });
  });

  it("refuse the deprecated callbackUrl and unknown topics", async () => {
    for (const [topic, s] of [
      ["ORDERS_CREATE", { callbackUrl: receiver.url }],
      ["ORDERS_EATEN", { uri: receiver.url }],
    ]) {
      expect((await shop.graphql(CREATE, { topic, s })).body.errors).toMatchObject([
        { extensions: { code: "INVALID_VARIABLE" } },
      ]);
    }
  });
});

describe("webhooks", () => {
  it("are signed over the very bytes and carry Shopify's headers", async () => {
    await subscribe("ORDERS_CREATE", { name: "orders" });
    await buy();
    const webhook = (await received(1)).get("orders/create");
    const hmac = createHmac("sha256", shop.clientSecret)
      .update(webhook?.body ?? "")
      .digest("base64");
    expect(webhook?.headers).toMatchObject({
      "x-shopify-hmac-sha256": hmac,
      "x-shopify-shop-domain": "acme.myshopify.com",
      "x-shopify-api-version": "2026-10",
      "x-shopify-webhook-id": expect.any(String),
      "x-shopify-event-id": expect.any(String),
      "x-shopify-triggered-at": expect.stringMatching(/^\d{4}-/u),
      "x-shopify-name": "orders",
    });
  });

  it("carry ids that JSON.parse corrupts, and the true ones as text", async () => {
    await subscribe("ORDERS_CREATE");
    const orderId = await buy();
    const body = (await received(1)).get("orders/create")?.body ?? "";
    expect(body).toContain(`"id":${orderId},"admin_graphql_api_id":"gid://shopify/Order/${orderId}"`);
    expect(BigInt(orderId)).toBeGreaterThan(2n ** 53n);
    expect(JSON.parse(body)).toMatchObject({
      cancelled_at: null,
      line_items: [
        { sku: "A", quantity: 1, current_quantity: 1, admin_graphql_api_id: expect.stringContaining("LineItem/") },
      ],
    });
  });

  it("hold only the fields that were asked for", async () => {
    await subscribe("ORDERS_CREATE", { includeFields: ["admin_graphql_api_id", "line_items.sku"] });
    await buy();
    const body = (await received(1)).get("orders/create")?.body ?? "";
    expect(JSON.parse(body)).toEqual({ admin_graphql_api_id: expect.any(String), line_items: [{ sku: "A" }] });
  });

  it("of one action share the event id, not the webhook id", async () => {
    await subscribe("ORDERS_CREATE");
    await subscribe("INVENTORY_LEVELS_UPDATE");
    await buy();
    const webhooks = [...(await received(2)).values()];
    const ids = (header: string) => new Set(webhooks.map(({ headers }) => headers[header])).size;
    expect([ids("x-shopify-event-id"), ids("x-shopify-webhook-id")]).toEqual([1, 2]);
  });

  it("tell of a cancellation by the order, its refund and the level", async () => {
    for (const topic of ["ORDERS_CANCELLED", "REFUNDS_CREATE", "ORDERS_UPDATED"]) await subscribe(topic);
    const orderId = await buy(2);
    await simulator.cancelOrder("acme", orderId);
    const webhooks = await received(3);
    expect(JSON.parse(webhooks.get("orders/cancelled")?.body ?? "")).toMatchObject({
      cancelled_at: expect.any(String),
      cancel_reason: "customer",
    });
    expect(JSON.parse(webhooks.get("refunds/create")?.body ?? "")).toMatchObject({
      refund_line_items: [
        { quantity: 2, restock_type: "cancel", location_id: expect.any(Number), line_item: { sku: "A" } },
      ],
    });
  });

  it("tell of a refund without restock that nothing came back", async () => {
    await subscribe("REFUNDS_CREATE");
    await simulator.refundOrder("acme", await buy(2), { sku: "A", quantity: 1, restock: false });
    expect(JSON.parse((await received(1)).get("refunds/create")?.body ?? "")).toMatchObject({
      refund_line_items: [{ quantity: 1, restock_type: "no_restock", location_id: null }],
    });
  });

  it("echo our own writes, but not a write that changed nothing", async () => {
    await subscribe("INVENTORY_LEVELS_UPDATE");
    const [item] = simulator.stock("acme");
    const set = (key: string, quantity: number) =>
      shop.graphql(
        `mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
          inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code } } }`,
        {
          key,
          input: {
            name: "available",
            reason: "correction",
            quantities: [
              { inventoryItemId: item?.externalId, locationId: item?.locationId, quantity, changeFromQuantity: null },
            ],
          },
        },
      );
    await set("k1", 5);
    await set("k2", 4);
    const webhook = (await received(1)).get("inventory_levels/update");
    expect(JSON.parse(webhook?.body ?? "")).toMatchObject({ available: 4 });
    expect(receiver.received).toHaveLength(1);
  });
});

describe("polling orders", () => {
  const POLL = `query P($query: String!, $after: String) { orders(first: 1, query: $query, sortKey: UPDATED_AT, after: $after) {
    nodes { id updatedAt cancelledAt lineItems(first: 50) { nodes { id sku quantity currentQuantity } }
      refunds { id refundLineItems(first: 50) { nodes { id quantity restockType location { id } lineItem { id } } } } }
    pageInfo { hasNextPage endCursor } } }`;
  const poll = async (query: string, after: string | null = null) => (await shop.graphql(POLL, { query, after })).body;

  it("finds what changed since a time, page by page, oldest change first", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-01T00:00:00Z") });
    const old = await buy();
    vi.setSystemTime(Date.parse("2026-11-01T01:00:00Z"));
    const second = await buy();
    vi.setSystemTime(Date.parse("2026-11-01T02:00:00Z"));
    await simulator.cancelOrder("acme", old);
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

  it("reads one order by its id", async () => {
    const id = `gid://shopify/Order/${await buy()}`;
    const query = "query O($id: ID!) { order(id: $id) { id name } }";
    expect((await shop.graphql(query, { id })).body.data).toEqual({ order: { id, name: "#1001" } });
    expect((await shop.graphql(query, { id: "gid://shopify/Order/1" })).body.data).toEqual({ order: null });
  });
});

describe("an order after it was placed", () => {
  const ORDER = `query O($id: ID!) { order(id: $id) { edited displayFulfillmentStatus
    lineItems(first: 10) { nodes { sku quantity currentQuantity } }
    refunds { refundLineItems(first: 10) { nodes { quantity restockType } } }
    agreements(first: 10) { nodes { reason sales(first: 10) { nodes { actionType quantity ... on ProductSale { lineItem { id } } } } } } } }`;
  const read = async (orderId: string) =>
    at((await shop.graphql(ORDER, { id: `gid://shopify/Order/${orderId}` })).body, "data.order");
  const units = () => simulator.stock("acme").map(({ available }) => available);

  it("that gets more units has them in its line and as an agreement of their own, off the shop's stock", async () => {
    await subscribe("ORDERS_EDITED");
    const orderId = await buy(2);
    await simulator.addToOrder("acme", orderId, { sku: "A", quantity: 1 });
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
    await expect(simulator.addToOrder("acme", orderId, { sku: "A", quantity: 3 })).rejects.toThrow("sold out");
  });

  it("that loses units still has them in its quantity, and a refund says whether they went back", async () => {
    const orderId = await buy(3);
    await simulator.removeFromOrder("acme", orderId, { sku: "A", quantity: 1, restock: true });
    await simulator.removeFromOrder("acme", orderId, { sku: "A", quantity: 1, restock: false });
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
    await simulator.shipOrder?.("acme", orderId);
    const committed = async () => {
      const query = `{ productVariants(first: 1) { nodes { inventoryItem { inventoryLevels(first: 1) { nodes {
        quantities(names: ["committed"]) { quantity } } } } } } }`;
      const path = "data.productVariants.nodes.0.inventoryItem.inventoryLevels.nodes.0.quantities.0.quantity";
      return at((await shop.graphql(query)).body, path);
    };
    expect(await committed()).toBe(0);
    await simulator.refundOrder("acme", orderId, { sku: "A", quantity: 1, restock: true });
    expect(await read(orderId)).toMatchObject({
      displayFulfillmentStatus: "FULFILLED",
      refunds: [{ refundLineItems: { nodes: [{ restockType: "RETURN" }] } }],
    });
    expect(units()).toEqual([4]);
    expect(await committed()).toBe(0);
    await expect(simulator.cancelOrder("acme", orderId)).rejects.toThrow("is shipped");
  });
});

describe("subscriptions in the long run", () => {
  const listed = async () =>
    listAt(
      (await shop.graphql("{ webhookSubscriptions(first: 250) { nodes { topic } } }")).body,
      "data.webhookSubscriptions.nodes",
    );

  it("are removed after 8 failed deliveries in a row, and not before", async () => {
    await receiver[Symbol.asyncDispose]();
    // 6 tries each.
    receiver = await startReceiver(Array.from({ length: 20 }, () => 500));
    await subscribe("ORDERS_CREATE");
    await buy();
    await vi.waitFor(() => expect(receiver.received).toHaveLength(6), { timeout: 5_000 });
    expect(await listed()).toHaveLength(1);
    await buy();
    await vi.waitFor(async () => expect(await listed()).toEqual([]), { timeout: 5_000 });
  });

  it("end with the app: it is told that it was removed, by a token that is dead already", async () => {
    await subscribe("APP_UNINSTALLED");
    simulator.fault({ operation: "shop", effect: { type: "revoke" } });
    expect((await shop.graphql("{ shop { name } }")).status).toBe(401);
    const body = (await received(1)).get("app/uninstalled")?.body ?? "";
    expect(JSON.parse(body)).toMatchObject({ myshopify_domain: "acme.myshopify.com" });
  });

  it("are signed with the new secret once it was rotated", async () => {
    await subscribe("ORDERS_CREATE");
    const changed = await simulator.rotateSigning?.("acme");
    expect(changed).toEqual({ clientSecret: expect.any(String), previousClientSecret: shop.clientSecret });
    await buy();
    const { headers, body } = (await received(1)).get("orders/create") ?? { headers: {}, body: "" };
    const signature = createHmac("sha256", changed?.["clientSecret"] ?? "")
      .update(body)
      .digest("base64");
    expect(headers["x-shopify-hmac-sha256"]).toBe(signature);
  });
});
