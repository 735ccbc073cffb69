import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useShop } from "./testing.ts";

const its = useShop();
const { buy, received, subscribe } = its;

describe("webhooks", () => {
  it("are signed over the very bytes and carry Shopify's headers", async () => {
    await subscribe("ORDERS_CREATE", { name: "orders" });
    await buy();
    const webhook = (await received(1)).get("orders/create");
    const hmac = createHmac("sha256", its.shop.clientSecret)
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
    await its.simulator.cancelOrder("acme", orderId);
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
    await its.simulator.refundOrder("acme", await buy(2), { sku: "A", quantity: 1, restock: false });
    expect(JSON.parse((await received(1)).get("refunds/create")?.body ?? "")).toMatchObject({
      refund_line_items: [{ quantity: 1, restock_type: "no_restock", location_id: null }],
    });
  });

  it("echo our own writes, but not a write that changed nothing", async () => {
    await subscribe("INVENTORY_LEVELS_UPDATE");
    const [item] = its.simulator.stock("acme");
    const set = (key: string, quantity: number) =>
      its.shop.graphql(
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
    expect(its.receiver.received).toHaveLength(1);
  });
});
