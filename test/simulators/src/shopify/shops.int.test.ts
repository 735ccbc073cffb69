import { describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { startReceiver } from "../testing/receiver.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { codes, SET, useVariedShop } from "./varied-shop.ts";

const { its, itemOf, location, shown, activate, set } = useVariedShop();

describe("a shop with several locations", () => {
  it("stocks every listing at the first, and another one only once it is activated", async () => {
    expect(shown("A")).toEqual([[0, 5]]);
    expect((await activate("A", 1)).body.data).toEqual({
      inventoryActivate: { inventoryLevel: { quantities: [{ quantity: 0 }] }, userErrors: [] },
    });
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 0],
    ]);
  });

  it("sets the quantity of one location and leaves the other", async () => {
    await activate("A", 1);
    expect(codes(await set("A", 1, 9, 0))).toEqual([]);
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 9],
    ]);
  });

  it("has nothing to compare with where it does not stock, and stocks by a write that compares nothing", async () => {
    expect(codes(await set("A", 1, 9, 0))).toEqual(["CHANGE_FROM_QUANTITY_STALE"]);
    expect(codes(await set("A", 1, 9, null, "s2"))).toEqual([]);
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 9],
    ]);
  });

  it("sells a line at the first location that has all of it, and puts it back there", async () => {
    await activate("A", 1);
    await set("A", 1, 9, 0);
    const placed = await its.simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 6 }] });
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 3],
    ]);
    if (!("orderId" in placed)) throw new Error("sold out");
    await its.simulator.refundOrder("acme", placed.orderId, { sku: "A", quantity: 2, restock: true });
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 5],
    ]);
    const order = await its.shop.graphql(
      "query O($id: ID!) { order(id: $id) { refunds { refundLineItems(first: 5) { nodes { location { id } } } } } }",
      { id: `gid://shopify/Order/${placed.orderId}` },
    );
    expect(at(order.body, "data.order.refunds.0.refundLineItems.nodes.0.location.id")).toBe(location(1));
  });

  it("takes the lines of an order all or none", async () => {
    const lines = [
      { sku: "A", quantity: 4 },
      { sku: "A", quantity: 4 },
    ];
    expect(await its.simulator.placeOrder({ account: "acme", lines })).toEqual({ refused: "sold_out" });
    expect(shown("A")).toEqual([[0, 5]]);
  });

  it("lists a closed one only where it is asked for, and takes no write there", async () => {
    await activate("A", 1);
    await its.simulator.closeLocation("acme", location(1) ?? "");
    const names = async (args: string) => {
      const { body } = await its.shop.graphql(`{ locations(first: 5${args}) { nodes { name isActive } } }`);
      return listAt(body, "data.locations.nodes").map((each) => [at(each, "name"), at(each, "isActive")]);
    };
    expect(await names("")).toEqual([["Main", true]]);
    expect(await names(", includeInactive: true")).toEqual(expect.arrayContaining([["Annex", false]]));
    expect(shown("A")).toEqual([[0, 5]]);
    expect(codes(await set("A", 1, 9, 0))).toEqual(["INVALID_LOCATION"]);
    const again = await activate("A", 1, "k2");
    expect(listAt(again.body, "data.inventoryActivate.userErrors")).toHaveLength(1);
  });

  it("sells at the till of one, which the order names and online orders do not", async () => {
    const till = location(0) ?? "";
    const { orderId } = await its.simulator.sellAtTill("acme", { sku: "A", quantity: 2, locationId: till });
    const online = await its.simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] });
    if (!("orderId" in online)) throw new Error("sold out");
    const tillOf = async (id: string) => {
      const query = "query O($id: ID!) { order(id: $id) { retailLocation { id } displayFulfillmentStatus } }";
      return at((await its.shop.graphql(query, { id: `gid://shopify/Order/${id}` })).body, "data.order");
    };
    expect(await tillOf(orderId)).toEqual({ retailLocation: { id: till }, displayFulfillmentStatus: "FULFILLED" });
    expect(await tillOf(online.orderId)).toMatchObject({ retailLocation: null });
    expect(shown("A")).toEqual([[0, 2]]);
    await expect(its.simulator.sellAtTill("acme", { sku: "A", quantity: 9, locationId: till })).rejects.toThrow(
      "sold out",
    );
  });

  it("tells when it stops stocking an item at one", async () => {
    await using receiver = await startReceiver();
    await its.shop.graphql(
      "mutation W($s: WebhookSubscriptionInput!) { webhookSubscriptionCreate(topic: INVENTORY_LEVELS_DISCONNECT, webhookSubscription: $s) { userErrors { message } } }",
      { s: { uri: receiver.url } },
    );
    await its.simulator.unstock("acme", "A", location(0) ?? "");
    await expect
      .poll(() => receiver.received.map(({ headers }) => headers["x-shopify-topic"]))
      .toEqual(["inventory_levels/disconnect"]);
    expect(shown("A")).toEqual([]);
  });
});

describe("what can't be written", () => {
  it("is a bundle, whose quantity nobody sets", async () => {
    expect(codes(await set("SET", 0, 9, 2))).toEqual(["NON_MUTABLE_INVENTORY_ITEM"]);
  });

  it("is an untracked item: its number is taken, ignored and none of the changes, and it never sells out", async () => {
    const answer = await set("GIFT", 0, 9, 0);
    expect(answer.body.data).toEqual({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors: [] } });
    expect(await its.simulator.placeOrder({ account: "acme", lines: [{ sku: "GIFT", quantity: 50 }] })).toMatchObject({
      orderId: expect.any(String),
    });
    expect(shown("GIFT")).toEqual([[0, 0]]);
  });
});

describe("the catalog", () => {
  it("tells barcodes, bundles, products of several variants and how many variants there are", async () => {
    const { body } = await its.shop.graphql(`{ productVariantsCount(limit: null) { count precision }
      productVariants(first: 10) { nodes { sku barcode displayName requiresComponents product { id } inventoryItem { tracked } } } }`);
    expect(at(body, "data.productVariantsCount")).toEqual({ count: 5, precision: "EXACT" });
    const variants = new Map(
      listAt(body, "data.productVariants.nodes").map((each) => [textAt(each, "displayName"), each]),
    );
    expect(variants.get("A - Default Title")).toMatchObject({ sku: "A", barcode: "4006381333931" });
    expect(variants.get("SET - Default Title")).toMatchObject({ requiresComponents: true });
    expect(variants.get("GIFT - Default Title")).toMatchObject({ barcode: null, inventoryItem: { tracked: false } });
    expect(at(variants.get("Shirt - S"), "product.id")).toBe(at(variants.get("Shirt - M"), "product.id"));
  });

  it("writes SKUs as the merchant does: shared by variants, empty or none, in the catalog and in orders", async () => {
    const { body } = await its.shop.graphql(
      "{ productVariants(first: 10) { nodes { id sku displayName inventoryItem { sku } } } }",
    );
    const nodes = listAt(body, "data.productVariants.nodes");
    const written = Object.fromEntries(nodes.map((each) => [textAt(each, "displayName"), at(each, "sku")]));
    expect(written).toEqual({
      "A - Default Title": "A",
      "GIFT - Default Title": null,
      "SET - Default Title": "",
      "Shirt - S": "SHIRT",
      "Shirt - M": "SHIRT",
    });
    expect(nodes.map((each) => at(each, "inventoryItem.sku"))).toEqual(nodes.map((each) => at(each, "sku")));
    await its.simulator.placeOrder({
      account: "acme",
      lines: [
        { sku: "S", quantity: 1 },
        { sku: "M", quantity: 1 },
      ],
    });
    const orders = await its.shop.graphql(
      "{ orders(first: 1) { nodes { lineItems(first: 5) { nodes { sku variant { id } } } } } }",
    );
    const lines = listAt(orders.body, "data.orders.nodes.0.lineItems.nodes");
    expect(lines.map((line) => at(line, "sku"))).toEqual(["SHIRT", "SHIRT"]);
    expect(new Set(lines.map((line) => at(line, "variant.id"))).size).toBe(2);
  });
});

describe("a variant that was deleted", () => {
  it("is gone from the catalog, can't be written, and is named by no order any more", async () => {
    await using receiver = await startReceiver();
    await its.shop.graphql(
      "mutation W($s: WebhookSubscriptionInput!) { webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: $s) { userErrors { message } } }",
      { s: { uri: receiver.url } },
    );
    const item = itemOf("A") ?? "";
    const placed = await its.simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] });
    if (!("orderId" in placed)) throw new Error("sold out");
    await its.simulator.deleteVariant("acme", "A");
    const { body } = await its.shop.graphql(
      `query G($ids: [ID!]!, $id: ID!) { productVariantsCount { count } productVariants(first: 10) { nodes { sku } }
        nodes(ids: $ids) { id } order(id: $id) { lineItems(first: 1) { nodes { sku quantity variant { id } } } } }`,
      { ids: [item], id: `gid://shopify/Order/${placed.orderId}` },
    );
    expect(body.data).toMatchObject({
      productVariantsCount: { count: 4 },
      nodes: [null],
      order: { lineItems: { nodes: [{ sku: "A", quantity: 1, variant: null }] } },
    });
    expect(listAt(body, "data.productVariants.nodes")).toHaveLength(4);
    const entry = { inventoryItemId: item, locationId: location(0), quantity: 1, changeFromQuantity: null };
    const input = { name: "available", reason: "correction", quantities: [entry] };
    expect(codes(await its.shop.graphql(SET, { key: "gone", input }))).toEqual(["INVALID_INVENTORY_ITEM"]);
    expect(await its.simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] })).toEqual({
      refused: "sold_out",
    });
    await its.simulator.refundOrder("acme", placed.orderId, { sku: "A", quantity: 1, restock: false });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
      line_items: [{ variant_id: null, sku: "A" }],
    });
  });
});
