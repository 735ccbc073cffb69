import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Simulator } from "../simulator.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { errorCode, shopifyClient } from "../testing/shopify-client.ts";
import { startShopifySimulator } from "./index.ts";

let simulator: Simulator;
let shop: ReturnType<typeof shopifyClient>;

beforeEach(async () => {
  simulator = await startShopifySimulator({ seed: 1 });
  const listings = [
    { sku: "A", quantity: 5 },
    { sku: "B", quantity: 7 },
  ];
  shop = shopifyClient(simulator, await simulator.addAccount({ account: "acme", listings }));
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
});

const SET = `mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason referenceDocumentUri changes { name delta item { sku } location { id } } }
    userErrors { code field message } } }`;

function entry(sku: string, quantity: number, changeFromQuantity: number | null) {
  const item = simulator.stock("acme").find((each) => each.sku === sku);
  return { inventoryItemId: item?.externalId, locationId: item?.locationId, quantity, changeFromQuantity };
}

function input(quantities: readonly object[], more: object = {}) {
  return {
    name: "available",
    reason: "correction",
    referenceDocumentUri: "lastunit://position/1",
    quantities,
    ...more,
  };
}

const set = (quantities: readonly object[], key = "key-1", more: object = {}) =>
  shop.graphql(SET, { key, input: input(quantities, more) });
const codes = ({ body }: Awaited<ReturnType<typeof set>>) =>
  listAt(body, "data.inventorySetQuantities.userErrors").map((error) => at(error, "code"));
const available = () => simulator.stock("acme").map((each) => each.available);
const levels = async (sku: string) => {
  const query = `query L($ids: [ID!]!) { nodes(ids: $ids) { ... on InventoryItem { sku tracked inventoryLevels(first: 50) {
    nodes { location { id } quantities(names: ["available", "committed", "on_hand"]) { name quantity } } } } } }`;
  const { body } = await shop.graphql(query, { ids: [entry(sku, 0, null).inventoryItemId] });
  const quantities = listAt(body, "data.nodes.0.inventoryLevels.nodes.0.quantities");
  return Object.fromEntries(quantities.map((each) => [textAt(each, "name"), at(each, "quantity")]));
};

describe("inventorySetQuantities", () => {
  it("sets what buyers can buy when the compared number still holds", async () => {
    const answer = await set([entry("A", 3, 5), entry("B", 9, 7)]);
    expect(codes(answer)).toEqual([]);
    expect(at(answer.body, "data.inventorySetQuantities.inventoryAdjustmentGroup")).toMatchObject({
      reason: "correction",
      referenceDocumentUri: "lastunit://position/1",
      changes: expect.arrayContaining([expect.objectContaining({ name: "available", delta: -2, item: { sku: "A" } })]),
    });
    expect(available()).toEqual([3, 9]);
    expect(simulator.history("acme").filter(({ type }) => type === "quantity_written")).toMatchObject([
      { sku: "A", from: 5, to: 3 },
      { sku: "B", from: 7, to: 9 },
    ]);
  });

  it("writes nothing at all when one entry is stale, and says which", async () => {
    const answer = await set([entry("A", 3, 5), entry("B", 9, 6)]);
    expect(answer.body.data?.["inventorySetQuantities"]).toMatchObject({
      inventoryAdjustmentGroup: null,
      userErrors: [{ code: "CHANGE_FROM_QUANTITY_STALE", field: ["input", "quantities", "1", "changeFromQuantity"] }],
    });
    expect(available()).toEqual([5, 7]);
  });

  it("compares nothing when changeFromQuantity is null", async () => {
    expect(codes(await set([entry("A", 3, null)]))).toEqual([]);
    expect(available()).toEqual([3, 7]);
  });

  it("refuses an entry without the key changeFromQuantity", async () => {
    const { changeFromQuantity: _, ...without } = entry("A", 3, null);
    const answer = await set([without]);
    expect(errorCode(answer)).toBe("INVALID_VARIABLE");
    expect(available()).toEqual([5, 7]);
  });

  it("refuses the fields that are gone since 2026-04", async () => {
    expect(errorCode(await set([{ ...entry("A", 3, 5), compareQuantity: 5 }]))).toBe("INVALID_VARIABLE");
    expect(errorCode(await set([entry("A", 3, 5)], "k", { ignoreCompareQuantity: true }))).toBe("INVALID_VARIABLE");
  });

  it("refuses to run without @idempotent", async () => {
    const query = SET.replace("@idempotent(key: $key)", "").replace(", $key: String!", "");
    const answer = await shop.graphql(query, { input: input([entry("A", 3, 5)]) });
    expect(answer.body.errors).toMatchObject([{ message: expect.stringContaining("@idempotent") }]);
    expect(available()).toEqual([5, 7]);
  });

  it("takes 250 entries and refuses 251", async () => {
    const listings = Array.from({ length: 251 }, (_, index) => ({ sku: `S${index}`, quantity: 1 }));
    const big = shopifyClient(simulator, await simulator.addAccount({ account: "big", listings }));
    const entries = simulator.stock("big").map(({ externalId, locationId }) => ({
      inventoryItemId: externalId,
      locationId,
      quantity: 2,
      changeFromQuantity: 1,
    }));
    expect(errorCode(await big.graphql(SET, { key: "k1", input: input(entries) }))).toBe("MAX_INPUT_SIZE_EXCEEDED");
    expect(codes(await big.graphql(SET, { key: "k2", input: input(entries.slice(0, 250)) }))).toEqual([]);
    expect(simulator.stock("big").filter((item) => item.available === 2)).toHaveLength(250);
  });

  it.each([
    ["the same pair twice", () => [entry("A", 1, 5), entry("A", 2, 5)], "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"],
    [
      "an unknown item",
      () => [{ ...entry("A", 1, 5), inventoryItemId: "gid://shopify/InventoryItem/1" }],
      "INVALID_INVENTORY_ITEM",
    ],
    [
      "an unknown location",
      () => [{ ...entry("A", 1, 5), locationId: "gid://shopify/Location/1" }],
      "INVALID_LOCATION",
    ],
    ["less than none", () => [entry("A", -1, 5)], "INVALID_QUANTITY_NEGATIVE"],
    ["more than a billion", () => [entry("A", 1_000_000_001, 5)], "INVALID_QUANTITY_TOO_HIGH"],
  ])("refuses %s", async (_case, entries, code) => {
    expect(codes(await set(entries()))).toEqual([code]);
    expect(available()).toEqual([5, 7]);
  });

  it.each([
    [{ name: "committed" }, "INVALID_NAME"],
    [{ reason: "because" }, "INVALID_REASON"],
    [{ referenceDocumentUri: "gid://shopify/Order/1" }, "INVALID_REFERENCE_DOCUMENT"],
    [{ referenceDocumentUri: "no uri" }, "INVALID_REFERENCE_DOCUMENT"],
  ])("refuses %j", async (more, code) => {
    expect(codes(await set([entry("A", 1, 5)], "key-1", more))).toEqual([code]);
  });
});

describe("an idempotency key", () => {
  it("replays the outcome of the same variables without writing again", async () => {
    const first = await set([entry("A", 3, 5)]);
    await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] });
    const again = await set([entry("A", 3, 5)]);
    expect(codes(again)).toEqual([]);
    expect(again.body.data).toEqual(first.body.data);
    expect(available()).toEqual([2, 7]);
  });

  it("is refused with other variables", async () => {
    await set([entry("A", 3, 5)]);
    expect(codes(await set([entry("A", 4, 3)]))).toEqual(["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]);
    expect(available()).toEqual([3, 7]);
  });

  it("is used up by a failed attempt", async () => {
    await set([entry("A", 3, 4)]);
    expect(codes(await set([entry("A", 3, 4)]))).toEqual(["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]);
    expect(codes(await set([entry("A", 3, 5)], "key-2"))).toEqual([]);
  });

  it("is forgotten 24 hours after its first use, not sooner", async () => {
    const start = Date.now();
    await set([entry("A", 3, 5)]);
    vi.useFakeTimers({ toFake: ["Date"], now: start + 23 * 3_600_000 });
    const token = textAt((await shop.oauth({ grant_type: "client_credentials" })).body, "access_token");
    const late = (quantity: number) =>
      shop.graphql(SET, { key: "key-1", input: input([entry("A", quantity, 3)]) }, { "x-shopify-access-token": token });
    expect(codes(await late(4))).toEqual(["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]);
    vi.setSystemTime(start + 24 * 3_600_000 + 60_000);
    expect(codes(await late(4))).toEqual([]);
  });

  it("makes a repeat safe when the answer was lost", async () => {
    simulator.fault({ operation: "inventorySetQuantities", effect: { type: "lose_answer" } });
    await expect(set([entry("A", 3, 5)])).rejects.toThrow("fetch failed");
    expect(available()).toEqual([3, 7]);
    expect(codes(await set([entry("A", 3, 5)]))).toEqual([]);
  });
});

describe("quantities", () => {
  it("move from available to committed by an order, with on_hand unchanged", async () => {
    await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }] });
    expect(await levels("A")).toEqual({ available: 3, committed: 2, on_hand: 5 });
  });

  it("set as on_hand leave what is committed committed", async () => {
    await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }] });
    expect(codes(await set([entry("A", 10, 3)], "k1", { name: "on_hand" }))).toEqual(["CHANGE_FROM_QUANTITY_STALE"]);
    expect(codes(await set([entry("A", 10, 5)], "k2", { name: "on_hand" }))).toEqual([]);
    expect(await levels("A")).toEqual({ available: 8, committed: 2, on_hand: 10 });
  });

  it("come back by a cancellation", async () => {
    const order = await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }] });
    if (!("orderId" in order)) throw new Error("sold out");
    await simulator.cancelOrder("acme", order.orderId);
    expect(await levels("A")).toEqual({ available: 5, committed: 0, on_hand: 5 });
    await expect(simulator.cancelOrder("acme", order.orderId)).rejects.toThrow("cancelled already");
  });

  it("come back by a refund only when it restocks, and no further than what was sold", async () => {
    const order = await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 3 }] });
    if (!("orderId" in order)) throw new Error("sold out");
    await simulator.refundOrder("acme", order.orderId, { sku: "A", quantity: 1, restock: false });
    expect(await levels("A")).toEqual({ available: 2, committed: 2, on_hand: 4 });
    await simulator.refundOrder("acme", order.orderId, { sku: "A", quantity: 2, restock: true });
    expect(await levels("A")).toEqual({ available: 4, committed: 0, on_hand: 4 });
    await expect(
      simulator.refundOrder("acme", order.orderId, { sku: "A", quantity: 1, restock: true }),
    ).rejects.toThrow("no line with 1 units of A left");
  });
});

describe("the catalog", () => {
  it("is read page by page, each variant once", async () => {
    const query = `query V($after: String) { productVariants(first: 1, after: $after, sortKey: ID) {
      nodes { id sku inventoryItem { id tracked } product { title status } } pageInfo { hasNextPage endCursor } } }`;
    const page = async (after: string | null) => (await shop.graphql(query, { after })).body.data?.["productVariants"];
    const first = await page(null);
    expect(first).toMatchObject({ pageInfo: { hasNextPage: true } });
    const second = await page(textAt(first, "pageInfo.endCursor"));
    expect(second).toMatchObject({ pageInfo: { hasNextPage: false } });
    const skus = [first, second].flatMap((each) => listAt(each, "nodes").map((node) => textAt(node, "sku")));
    expect(skus.toSorted()).toEqual(["A", "B"]);
  });

  it("gives null for an id it doesn't know", async () => {
    const query = "query N($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    expect((await shop.graphql(query, { ids: ["gid://shopify/InventoryItem/1"] })).body.data).toEqual({
      nodes: [null],
    });
  });
});
