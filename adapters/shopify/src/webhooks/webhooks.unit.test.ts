import { createHmac } from "node:crypto";
import type { RawRequest } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { shopifyAdapter } from "../adapter.ts";
import type { ShopifyCredentials } from "../connection.ts";
import {
  call,
  channelErrorOf,
  credentials,
  data,
  json,
  onGraphql,
  openSession,
  SHOP,
  tokenEndpoint,
  useNock,
  type GraphqlBody,
} from "../testing/harness.ts";
import { topics } from "./subscribe.ts";

useNock();

const url = "https://hub.example/webhooks/channel-1";
// Not valid UTF-8: the signature covers bytes, not text.
const body = Buffer.from([0x7b, 0xff, 0x7d]);

function signed(secret: string, headers: RawRequest["headers"] = {}, raw: Uint8Array = body): RawRequest {
  return {
    method: "POST",
    path: "/webhooks/channel-1",
    query: new URLSearchParams(),
    headers: {
      "x-shopify-topic": "orders/create",
      "x-shopify-hmac-sha256": createHmac("sha256", secret).update(raw).digest("base64"),
      "x-shopify-shop-domain": SHOP,
      "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
      ...headers,
    },
    body: raw,
  };
}

function ofEvents(request: RawRequest): RawRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name.replace("x-", ""), value]);
  return { ...request, headers: Object.fromEntries(headers) };
}

async function verify(request: RawRequest, stored: ShopifyCredentials = credentials) {
  const { channel } = openSession({ credentials: stored });
  return shopifyAdapter.webhooks?.verify(request, { ...channel, settings: { shop: SHOP } }, Date.now());
}

describe("verifying a delivery", () => {
  it("accepts the raw bytes signed with the client secret, and names the delivery", async () => {
    const verified = await verify(signed(credentials.clientSecret));
    expect(verified).toEqual({ deliveryId: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", topic: "orders/create" });
  });

  it("accepts the previous secret while it is being rotated, and only then", async () => {
    const old = signed("shpss_old");
    await expect(verify(old, { ...credentials, previousClientSecret: "shpss_old" })).resolves.toBeDefined();
    await expect(verify(old)).rejects.toMatchObject({ reason: "unauthorized" });
  });

  const { clientSecret } = credentials;
  it.each([
    ["an altered body", { ...signed(clientSecret), body: Buffer.from([0x7b, 0xfe, 0x7d]) }],
    ["no signature", signed(clientSecret, { "x-shopify-hmac-sha256": undefined })],
    ["an empty signature", signed(clientSecret, { "x-shopify-hmac-sha256": "" })],
    ["a cut signature", signed(clientSecret, { "x-shopify-hmac-sha256": "dGVzdA==" })],
    ["another secret", signed("shpss_other")],
    ["another shop's domain", signed(clientSecret, { "x-shopify-shop-domain": "evil.myshopify.com" })],
    ["no shop domain", signed(clientSecret, { "x-shopify-shop-domain": undefined })],
    ["a delivery of the product Events, which writes its headers without x-", ofEvents(signed(clientSecret))],
  ])("refuses %s", async (_name, request) => {
    await expect(verify(request)).rejects.toMatchObject({ name: "WebhookError", reason: "unauthorized" });
  });

  it.each(["x-shopify-webhook-id", "x-shopify-topic"])(
    "calls a genuine delivery without %s malformed",
    async (name) => {
      const request = signed(clientSecret, { [name]: undefined });
      await expect(verify(request)).rejects.toMatchObject({ name: "WebhookError", reason: "malformed" });
    },
  );
});

describe("subscribing", () => {
  const listed = (nodes: object[]) =>
    data({ webhookSubscriptions: { nodes, pageInfo: { hasNextPage: false, endCursor: null } } });
  const created = data({ webhookSubscriptionCreate: { userErrors: [] } });
  const present = Object.entries(topics).map(([topic, includeFields]) => ({
    id: topic,
    topic,
    uri: url,
    includeFields,
  }));

  it("creates every topic that is missing, asking for no customer data", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("webhookSubscriptions(").reply(...listed([]));
    onGraphql("webhookSubscriptionCreate", { seen })
      .times(6)
      .reply(...created);
    const mended = await openSession().session.subscribe?.(url, call());
    const wanted = [
      "ORDERS_CREATE",
      "ORDERS_EDITED",
      "ORDERS_CANCELLED",
      "REFUNDS_CREATE",
      "INVENTORY_LEVELS_DISCONNECT",
      "APP_UNINSTALLED",
    ];
    expect(seen.map(({ variables }) => variables["topic"])).toEqual(wanted);
    expect(mended).toEqual(wanted.map((topic) => `Subscribed to ${topic}, which was missing.`));
    const lines = ["line_items.id", "line_items.variant_id", "line_items.sku", "line_items.quantity"];
    const includeFields = ["id", "created_at", "location_id", ...lines];
    expect(seen[0]?.variables["subscription"]).toEqual({ uri: url, format: "JSON", includeFields });
  });

  it("does nothing when all are as they should be", async () => {
    onGraphql("webhookSubscriptions(").reply(...listed(present));
    await expect(openSession().session.subscribe?.(url, call())).resolves.toEqual([]);
  });

  it("replaces ours with another host, other fields or a topic that is no longer wanted, and leaves foreign ones alone", async () => {
    const deleted: GraphqlBody[] = [];
    const seen: GraphqlBody[] = [];
    const moved = { ...present[0], id: "moved", uri: "https://old.example/webhooks/channel-1" };
    const narrow = { ...present[1], id: "narrow", includeFields: ["id"] };
    const wide = { ...present[3], id: "wide", includeFields: [...(topics["REFUNDS_CREATE"] ?? []), "transactions"] };
    const foreign = [
      { id: "f1", topic: "ORDERS_CREATE", uri: "https://erp.example/shopify", includeFields: [] },
      { id: "f2", topic: "ORDERS_CREATE", uri: "pubsub://project:topic", includeFields: [] },
    ];
    // As an earlier version of ours made it: a delivery for every listing that was pushed.
    const retired = { id: "retired", topic: "INVENTORY_LEVELS_UPDATE", uri: url, includeFields: [] };
    onGraphql("webhookSubscriptions(").reply(
      ...listed([
        moved,
        narrow,
        wide,
        retired,
        ...present.filter((_, index) => ![0, 1, 3].includes(index)),
        ...foreign,
      ]),
    );
    onGraphql("webhookSubscriptionDelete", { seen: deleted })
      .times(4)
      .reply(...data({ webhookSubscriptionDelete: { userErrors: [] } }));
    onGraphql("webhookSubscriptionCreate", { seen })
      .times(3)
      .reply(...created);
    const mended = await openSession().session.subscribe?.(url, call());
    expect(deleted.map(({ variables }) => variables["id"])).toEqual(["moved", "narrow", "wide", "retired"]);
    const again = ["ORDERS_CREATE", "ORDERS_EDITED", "REFUNDS_CREATE"];
    expect(seen.map(({ variables }) => variables["topic"])).toEqual(again);
    expect(mended).toHaveLength(7);
    expect(mended).toContain("Removed the subscription to INVENTORY_LEVELS_UPDATE, which was not as it should be.");
  });

  it("says all that Shopify refused, and subscribes to the rest", async () => {
    const old = { id: "old", topic: "ORDERS_UPDATED", uri: url, includeFields: [] };
    onGraphql("webhookSubscriptions(").reply(...listed([old]));
    const refused = (message: string) => ({ userErrors: [{ message }] });
    onGraphql("webhookSubscriptionDelete").reply(...data({ webhookSubscriptionDelete: refused("does not exist") }));
    const notGranted = "You cannot create a webhook subscription with the specified topic";
    onGraphql("webhookSubscriptionCreate").reply(...data({ webhookSubscriptionCreate: refused(notGranted) }));
    const seen: GraphqlBody[] = [];
    onGraphql("webhookSubscriptionCreate", { seen })
      .times(5)
      .reply(...created);
    const error = await channelErrorOf(openSession().session.subscribe?.(url, call()) ?? Promise.resolve());
    expect(error).toMatchObject({
      failure: "rejected",
      code: "subscription_refused",
      message: `old: does not exist; ORDERS_CREATE: ${notGranted}`,
    });
    expect(seen.map(({ variables }) => variables["topic"])).toEqual(Object.keys(topics).slice(1));
  });
});

describe("signals", () => {
  const normalize = (topic: string, text: string) =>
    openSession().session.normalize(
      { deliveryId: "d-1", topic, headers: {}, body: Buffer.from(text), receivedAt: "2026-11-01T15:06:00.000Z" },
      call(),
    );

  it("tells that an item is no longer stocked at a location as a number to be read", async () => {
    expect(await normalize("inventory_levels/disconnect", '{"inventory_item_id":3,"location_id":4}')).toMatchObject({
      signals: [
        {
          type: "quantity_shown",
          externalId: "gid://shopify/InventoryItem/3",
          externalLocationId: "gid://shopify/Location/4",
          available: null,
          occurredAt: "2026-11-01T15:06:00.000Z",
        },
      ],
    });
  });

  it("tells that the app was removed, once Shopify refuses it", async () => {
    onGraphql("currentAppInstallation").reply(401, {}, json);
    tokenEndpoint().reply(400, { error: "app_not_installed" }, json);
    expect(await normalize("app/uninstalled", "{}")).toMatchObject({ signals: [{ type: "disconnected" }] });
  });

  it("tells nothing of a removal that comes late, when the app is installed again, and asks again when it can't be known", async () => {
    const installed = { shop: { myshopifyDomain: SHOP }, currentAppInstallation: { accessScopes: [] } };
    onGraphql("currentAppInstallation").reply(...data(installed));
    expect(await normalize("app/uninstalled", "{}")).toEqual({ orders: [], movements: [], signals: [] });
    onGraphql("currentAppInstallation").reply(503, "down");
    expect(await channelErrorOf(normalize("app/uninstalled", "{}"))).toMatchObject({ failure: "unavailable" });
  });

  it.each([
    "products/update",
    "inventory_levels/update",
    "inventory_levels/connect",
    "inventory_items/update",
    "fulfillment_orders/order_routing_complete",
    "fulfillment_orders/moved",
    "customers/data_request",
    "customers/redact",
    "shop/redact",
  ])("takes nothing from %s, to which it does not subscribe, and asks nothing", async (topic) => {
    expect(await normalize(topic, "{}")).toEqual({ orders: [], movements: [], signals: [] });
  });
});
