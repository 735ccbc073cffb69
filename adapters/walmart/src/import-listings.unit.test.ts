import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, errors, expectShipNodes, nodes, useNockedWalmart, walmart } from "./testing.ts";

const items = (skus: readonly string[], totalItems: number, lifecycleStatus = "ACTIVE") => ({
  ItemResponse: skus.map((sku) => ({
    sku,
    productName: `Title of ${sku}`,
    gtin: `00${sku}`,
    publishedStatus: "PUBLISHED",
    lifecycleStatus,
  })),
  totalItems,
  nextCursor: "AoE/SNAP==",
});

function expectItems(nextCursor: string, offset: number) {
  return walmart()
    .get("/v3/items")
    .query({ limit: "50", nextCursor, offset: String(offset) });
}

const held = (sku: string, ...shipNodes: readonly string[]) =>
  nodes(sku, ...shipNodes.map((shipNode) => ({ shipNode, available: 4, reserved: 1 })));

/** The list of inventories, on one page. */
function expectInventories(...inventories: readonly object[]) {
  walmart()
    .get("/v3/inventories?limit=50")
    .reply(200, { meta: { totalCount: inventories.length }, elements: { inventories } });
}

const unknown = errors("CONTENT_NOT_FOUND.GMP_INVENTORY_API", "No such SKU");
const skusOf = (page: { readonly listings: readonly { readonly sku: string }[] }) =>
  page.listings.map(({ sku }) => sku);

describe("importing", () => {
  useNockedWalmart();
  afterEach(() => {
    vi.useRealTimers();
  });

  it("keeps the first cursor and moves the offset, and ends at the last item", async () => {
    const { session } = connect();
    expectInventories(held("A", "EAST"), held("B", "EAST"), held("C", "EAST"));
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["A", "B"], 3));
    const first = await session.importListings(null, callWithin());
    expect(first.total).toBe(3);
    expect(first.listings).toEqual(
      ["A", "B"].map((sku) => ({
        sku,
        externalId: sku,
        externalLocationId: null,
        external: {},
        lineRef: sku,
        title: `Title of ${sku}`,
        barcode: `00${sku}`,
        available: 4,
        unsupported: null,
      })),
    );
    expectItems("AoE/SNAP==", 2).reply(200, { ...items(["C"], 3), nextCursor: "another" });
    const last = await session.importListings(first.next, callWithin());
    expect(skusOf(last)).toEqual(["C"]);
    expect(last.next).toBeNull();
  });

  it("reads every page of the inventories first, to the one without a next, however short they are", async () => {
    const { session } = connect();
    const page = (nextCursor: string | undefined, ...inventories: readonly object[]) => ({
      meta: { totalCount: 2, nextCursor },
      elements: { inventories },
    });
    walmart()
      .get("/v3/inventories?limit=50")
      .reply(200, page("a/b==", held("A", "EAST")));
    walmart().get("/v3/inventories?limit=50&nextCursor=a%2Fb%3D%3D").reply(200, page("c"));
    walmart()
      .get("/v3/inventories?limit=50&nextCursor=c")
      .reply(200, page(undefined, held("B", "EAST")));
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["A", "B"], 2));
    const { listings } = await session.importListings(null, callWithin());
    expect(listings.map(({ available }) => available)).toEqual([4, 4]);
  });

  it("asks for a SKU that the list of inventories misses", async () => {
    const { session } = connect();
    expectInventories();
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["A"], 1));
    walmart().get("/v3/inventories/A").reply(200, held("A", "EAST"));
    const { listings } = await session.importListings(null, callWithin());
    expect(listings).toMatchObject([{ available: 4, unsupported: null }]);
  });

  it("goes on in another process", async () => {
    const one = connect().session;
    expectInventories(held("A", "EAST"), held("B", "EAST"));
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["A"], 2));
    const { next } = await one.importListings(null, callWithin());
    const other = connect().session;
    expectInventories(held("A", "EAST"), held("B", "EAST"));
    expectShipNodes("EAST");
    expectItems("AoE/SNAP==", 1).reply(200, items(["B"], 2));
    expect(skusOf(await other.importListings(next, callWithin()))).toEqual(["B"]);
  });

  it("opens another snapshot when the last has run out, and goes on a page before where it was", async () => {
    const { session } = connect();
    const many = Array.from({ length: 60 }, (_, index) => `S${index}`);
    expectInventories(...many.map((sku) => held(sku, "EAST")));
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(many.slice(0, 55), 60));
    const first = await session.importListings(null, callWithin());
    expectItems("AoE/SNAP==", 55).reply(400, errors("INVALID_CURSOR", "Invalid cursor"));
    expectItems("*", 0).reply(200, { ...items(many.slice(0, 50), 60), nextCursor: "NEW" });
    expectItems("NEW", 5).reply(200, items(many.slice(5, 55), 60));
    const again = await session.importListings(first.next, callWithin());
    expect(skusOf(again)).toEqual(many.slice(5, 55));
    expectItems("NEW", 55).reply(200, items(many.slice(55), 60));
    const last = await session.importListings(again.next, callWithin());
    expect([skusOf(last), last.next]).toEqual([many.slice(55), null]);
  });

  it("takes the 404 of an empty catalog for an empty import", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories?limit=50")
      .reply(200, { meta: { totalCount: 0 } });
    expectShipNodes("EAST");
    expectItems("*", 0).reply(404, errors("CONTENT_NOT_FOUND.GMP_ITEM_QUERY_API", "No items"));
    expect(await session.importListings(null, callWithin())).toEqual({ listings: [], total: null, next: null });
  });

  it("takes the 404 of an account without seller inventory for none, and an inventory it can't read for a missing one", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories?limit=50").reply(404, unknown);
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["WFS"], 1));
    walmart().get("/v3/inventories/WFS").reply(404, unknown);
    const none = await session.importListings(null, callWithin());
    expect(none.listings).toMatchObject([{ sku: "WFS", unsupported: expect.stringContaining("no seller inventory") }]);

    expectInventories({ sku: "A", nodes: [{ shipNode: null }] }, held("B", "EAST"));
    expectItems("*", 0).reply(200, items(["A", "B"], 2));
    walmart().get("/v3/inventories/A").reply(200, held("A", "EAST"));
    const odd = await session.importListings(null, callWithin());
    expect(odd.listings).toMatchObject([{ available: 4 }, { available: 4 }]);
  });

  it("reads the inventories to their end however long that takes", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    const { session } = connect({ credentials: { accessTokenExpiresAt: Date.now() + 3_600_000 } });
    walmart()
      .get("/v3/inventories?limit=50")
      .reply(200, () => {
        vi.advanceTimersByTime(20 * 60_000);
        return { meta: { nextCursor: "c" }, elements: { inventories: [held("A", "EAST")] } };
      });
    const { listings, next } = await session.importListings(null, callWithin());
    expect(listings).toEqual([]);
    walmart().get("/v3/inventories?limit=50&nextCursor=c").reply(200, { meta: {} });
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, items(["A"], 1));
    expect(skusOf(await session.importListings(next, callWithin()))).toEqual(["A"]);
  });

  it("reads what comes after the 10,000th item SKU by SKU, as the inventories name them", async () => {
    const { session } = connect();
    expectInventories(held("A", "EAST"), held("A/2", "EAST"), held("B", "EAST"));
    expectShipNodes("EAST");
    const cursor = JSON.stringify({ snapshot: "SNAP", offset: 10_000, restarts: 0 });
    expectItems("SNAP", 10_000).reply(200, items(["A", ...Array.from({ length: 49 }, () => "A")], 10_052));
    const list = await session.importListings(cursor, callWithin());
    walmart()
      .get("/v3/items/A%2F2?productIdType=SKU")
      .reply(200, items(["A/2"], 1));
    walmart().get("/v3/items/B?productIdType=SKU").reply(404, unknown);
    const rest = await session.importListings(list.next, callWithin());
    expect([skusOf(rest), rest.next]).toEqual([["A/2"], null]);
  });

  it("says why an item can't be kept true: no seller inventory, retired, or a SKU no address can hold", async () => {
    const { session } = connect();
    expectInventories(held("OLD", "EAST"), held("..", "EAST"));
    expectShipNodes("EAST");
    expectItems("*", 0).reply(200, {
      ...items([], 3),
      ItemResponse: [
        ...items(["WFS"], 3).ItemResponse,
        ...items(["OLD"], 3, "RETIRED").ItemResponse,
        ...items([".."], 3).ItemResponse,
      ],
    });
    walmart().get("/v3/inventories/WFS").reply(404, unknown);
    const { listings } = await session.importListings(null, callWithin());
    expect(listings).toMatchObject([
      { available: null, unsupported: expect.stringContaining("no seller inventory") },
      { unsupported: "The item is retired on Walmart." },
      { unsupported: expect.stringContaining("letters or digits") },
    ]);
  });

  it("makes a listing of each ship node that holds the item, where the account has several", async () => {
    const { session } = connect();
    expectInventories(held("TWO", "EAST", "WEST"), held("ONE", "WEST"), held("STRANGE", "ELSEWHERE"));
    expectShipNodes("EAST", "WEST");
    expectItems("*", 0).reply(200, items(["TWO", "ONE", "STRANGE"], 3));
    const { listings, total } = await session.importListings(null, callWithin());
    expect(listings.map((one) => [one.sku, one.externalLocationId, one.available])).toEqual([
      ["TWO", "EAST", 4],
      ["TWO", "WEST", 4],
      ["ONE", "WEST", 4],
      ["STRANGE", null, null],
    ]);
    expect([total, listings.at(-1)?.unsupported]).toEqual([null, expect.stringContaining("no seller inventory")]);
  });

  it("gives every listing the ship node of the settings, with that node's quantity", async () => {
    const { session } = connect({ settings: { shipNode: "WEST" } });
    expectInventories(held("TWO", "EAST", "WEST"));
    expectItems("*", 0).reply(200, items(["TWO"], 1));
    const { listings } = await session.importListings(null, callWithin());
    expect(listings).toMatchObject([{ externalLocationId: "WEST", available: 4, unsupported: null }]);
  });
});
