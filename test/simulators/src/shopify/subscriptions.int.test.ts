import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { shopifyClient } from "../testing/shopify-client.ts";
import { SUBSCRIBE, useShop } from "./testing.ts";

const its = useShop();
const { buy, received, receiveWith, subscribe } = its;

describe("webhook subscriptions", () => {
  it("are created, listed and deleted", async () => {
    await subscribe("ORDERS_CREATE");
    const list = async () =>
      (await its.shop.graphql("{ webhookSubscriptions(first: 250) { nodes { id topic uri } } }")).body.data;
    const found = at(await list(), "webhookSubscriptions.nodes.0");
    expect(found).toMatchObject({ topic: "ORDERS_CREATE", uri: its.receiver.url });
    const remove =
      "mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }";
    await its.shop.graphql(remove, { id: textAt(found, "id") });
    expect(await list()).toEqual({ webhookSubscriptions: { nodes: [] } });
    await buy();
    expect(its.simulator.history("acme").filter(({ type }) => type === "notified")).toEqual([]);
  });

  it("are refused twice for the same topic and address", async () => {
    await subscribe("ORDERS_CREATE");
    expect(await subscribe("ORDERS_CREATE")).toMatchObject({
      webhookSubscription: null,
      userErrors: [{ message: "Address for this topic has already been taken" }],
    });
  });

  it("need the scope of what their topic tells", async () => {
    const seed = { account: "narrow", listings: [], permissions: ["read_inventory"] };
    const narrow = shopifyClient(its.simulator, await its.simulator.addAccount(seed));
    const messages = async (topic: string) =>
      listAt(
        (await narrow.graphql(SUBSCRIBE, { topic, s: { uri: its.receiver.url } })).body,
        "data.webhookSubscriptionCreate.userErrors",
      ).map((error) => at(error, "message"));
    expect(await messages("ORDERS_CREATE")).toEqual([
      "You cannot create a webhook subscription with the specified topic",
    ]);
    expect(await messages("INVENTORY_LEVELS_DISCONNECT")).toEqual([]);
    expect(await messages("APP_UNINSTALLED")).toEqual([]);
  });

  it("take https and loopback http only", async () => {
    expect(await subscribe("ORDERS_CREATE", { uri: "https://hub.example/hooks" })).toMatchObject({ userErrors: [] });
    expect(await subscribe("ORDERS_CREATE", { uri: "http://hub.example/hooks" })).toMatchObject({
      webhookSubscription: null,
    });
  });

  it("refuse the deprecated callbackUrl and unknown topics", async () => {
    for (const [topic, s] of [
      ["ORDERS_CREATE", { callbackUrl: its.receiver.url }],
      ["ORDERS_EATEN", { uri: its.receiver.url }],
    ]) {
      expect((await its.shop.graphql(SUBSCRIBE, { topic, s })).body.errors).toMatchObject([
        { extensions: { code: "INVALID_VARIABLE" } },
      ]);
    }
  });
});

describe("subscriptions in the long run", () => {
  const listed = async () =>
    listAt(
      (await its.shop.graphql("{ webhookSubscriptions(first: 250) { nodes { topic } } }")).body,
      "data.webhookSubscriptions.nodes",
    );

  it("are removed after 8 failed deliveries in a row, and not before", async () => {
    // 6 tries each.
    await receiveWith(Array.from({ length: 20 }, () => 500));
    await subscribe("ORDERS_CREATE");
    await buy();
    await eventually(() => expect(its.receiver.received).toHaveLength(6));
    expect(await listed()).toHaveLength(1);
    await buy();
    await eventually(async () => expect(await listed()).toEqual([]));
  });

  it("of the app's own configuration are neither listed nor removed, whatever fails", async () => {
    await receiveWith(Array.from({ length: 12 }, () => 500));
    await its.simulator.subscribeApp("acme", "INVENTORY_LEVELS_UPDATE", its.receiver.url);
    expect(await listed()).toEqual([]);
    await buy();
    await buy();
    await eventually(() => expect(its.receiver.received).toHaveLength(12));
    await its.simulator.switchOff("acme");
    await buy();
    await eventually(() => expect(its.receiver.received).toHaveLength(13));
    await expect(its.simulator.subscribeApp("acme", "NO_SUCH_TOPIC", its.receiver.url)).rejects.toThrow(
      "not simulated",
    );
  });

  it("end with the app: it is told that it was removed, by a token that is dead already", async () => {
    await subscribe("APP_UNINSTALLED");
    its.simulator.fault({ operation: "shop", effect: { type: "revoke" } });
    expect((await its.shop.graphql("{ shop { name } }")).status).toBe(401);
    const body = (await received(1)).get("app/uninstalled")?.body ?? "";
    expect(JSON.parse(body)).toMatchObject({ myshopify_domain: "acme.myshopify.com" });
  });

  it("are signed with the new secret once it was rotated", async () => {
    await subscribe("ORDERS_CREATE");
    const changed = await its.simulator.rotateSigning?.("acme");
    expect(changed).toEqual({ clientSecret: expect.any(String), previousClientSecret: its.shop.clientSecret });
    await buy();
    const { headers, body } = (await received(1)).get("orders/create") ?? { headers: {}, body: "" };
    const signature = createHmac("sha256", changed?.["clientSecret"] ?? "")
      .update(body)
      .digest("base64");
    expect(headers["x-shopify-hmac-sha256"]).toBe(signature);
  });
});
