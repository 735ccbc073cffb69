import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { connect, errors, nodes, useNockedWalmart, walmart } from "./testing.ts";

const items = (skus: readonly string[], totalItems: number, lifecycleStatus = "ACTIVE") => ({
  ItemResponse: skus.map((sku) => ({
    sku,
    productName: `Title of ${sku}`,
    publishedStatus: "PUBLISHED",
    lifecycleStatus,
  })),
  totalItems,
  nextCursor: "AoE/SNAP==",
});

function expectItems(nextCursor: string, offset: number) {
  return walmart()
    .get("/v3/items")
    .query({ limit: "20", nextCursor, offset: String(offset) });
}

function expectStock(sku: string, ...shipNodes: readonly string[]) {
  const stock = shipNodes.map((shipNode) => ({ shipNode, available: 4, reserved: 1 }));
  walmart()
    .get(`/v3/inventories/${sku}`)
    .reply(200, nodes(sku, ...stock));
}

describe("importing", () => {
  useNockedWalmart();

  it("keeps the first cursor and moves the offset, and ends at the last item", async () => {
    const { session } = connect();
    expectItems("*", 0).reply(200, items(["A", "B"], 3));
    for (const sku of ["A", "B", "C"]) expectStock(sku, "EAST");
    const first = await session.importListings(null, callWithin());
    expect(first.listings).toEqual(
      ["A", "B"].map((sku) => ({
        sku,
        externalId: sku,
        externalLocationId: null,
        external: {},
        lineRef: sku,
        title: `Title of ${sku}`,
        available: 4,
        unsupported: null,
      })),
    );
    expectItems("AoE/SNAP==", 2).reply(200, { ...items(["C"], 3), nextCursor: "another" });
    const last = await session.importListings(first.next, callWithin());
    expect(last.listings.map(({ sku }) => sku)).toEqual(["C"]);
    expect(last.next).toBeNull();
  });

  it("starts over when the snapshot has run out", async () => {
    const { session } = connect();
    expectItems("*", 0).reply(200, items(["A"], 2));
    expectStock("A", "EAST");
    const first = await session.importListings(null, callWithin());
    expectItems("AoE/SNAP==", 1).reply(400, errors("INVALID_CURSOR", "Invalid cursor"));
    expectItems("*", 0).reply(200, items(["A"], 2));
    expectStock("A", "EAST");
    const again = await session.importListings(first.next, callWithin());
    expect(again.listings.map(({ sku }) => sku)).toEqual(["A"]);
    expect(again.next).not.toBeNull();
  });

  it("takes the 404 of an empty catalog for an empty import", async () => {
    const { session } = connect();
    expectItems("*", 0).reply(404, errors("CONTENT_NOT_FOUND.GMP_ITEM_QUERY_API", "No items"));
    expect(await session.importListings(null, callWithin())).toEqual({ listings: [], next: null });
  });

  it("says loudly when the catalog is larger than Walmart lists", async () => {
    const { session } = connect();
    const next = JSON.stringify({ snapshot: "S", offset: 10_020, restarts: 0 });
    await expect(session.importListings(next, callWithin())).rejects.toMatchObject({
      failure: "rejected",
      code: "too_many_items",
    });
  });

  it("says why an item can't be kept true: no seller inventory, several nodes, or retired", async () => {
    const { session } = connect();
    expectItems("*", 0).reply(200, items(["WFS", "TWO"], 2));
    walmart().get("/v3/inventories/WFS").reply(404, errors("CONTENT_NOT_FOUND.GMP_INVENTORY_API", "No such SKU"));
    expectStock("TWO", "EAST", "WEST");
    const { listings } = await session.importListings(null, callWithin());
    expect(listings).toMatchObject([
      { available: null, unsupported: expect.stringContaining("no seller inventory") },
      { available: 8, unsupported: expect.stringContaining("several ship nodes") },
    ]);
    expectItems("*", 0).reply(200, items(["OLD"], 1, "RETIRED"));
    expectStock("OLD", "EAST");
    const retired = await session.importListings(null, callWithin());
    expect(retired.listings).toMatchObject([{ unsupported: "The item is retired on Walmart." }]);
  });

  it("gives every listing the ship node of the settings, with that node's quantity", async () => {
    const { session } = connect({ settings: { shipNode: "WEST" } });
    expectItems("*", 0).reply(200, items(["TWO"], 1));
    expectStock("TWO", "EAST", "WEST");
    const { listings } = await session.importListings(null, callWithin());
    expect(listings).toMatchObject([{ externalLocationId: "WEST", available: 4, unsupported: null }]);
  });
});
