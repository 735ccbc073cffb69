import { describe, expect, it } from "vitest";
import { call, channelErrorOf, ebay, openSession, useNock } from "./testing/harness.ts";

useNock();

const live = { offerId: "o-1", marketplaceId: "EBAY_US", format: "FIXED_PRICE", status: "PUBLISHED" };

function item(sku: string, quantity: number, title?: string) {
  return { sku, product: { title }, availability: { shipToLocationAvailability: { quantity } } };
}

function page(offset: number, total: number, ...inventoryItems: object[]) {
  const query = { limit: "50", offset: String(offset) };
  ebay().get("/sell/inventory/v1/inventory_item").query(query).reply(200, { total, inventoryItems });
}

function offers(sku: string, ...found: object[]) {
  ebay().get("/sell/inventory/v1/offer").query({ sku }).reply(200, { offers: found });
}

describe("importing listings", () => {
  it("takes SKUs with a published fixed-price offer here, and says why the others can't be synced", async () => {
    page(0, 2, item("a/b", 8, "Blue widget"), item("DRAFT", 5));
    offers("a/b", { ...live, availableQuantity: 6 }, { ...live, offerId: "o-2", format: "AUCTION" });
    offers("DRAFT", { ...live, status: "UNPUBLISHED" });
    const imported = await openSession().session.importListings(null, call());
    expect(imported).toEqual({
      next: null,
      listings: [
        {
          sku: "a/b",
          externalId: "a/b",
          externalLocationId: null,
          external: { offerIds: ["o-1"] },
          lineRef: "a/b",
          title: "Blue widget",
          available: 6,
          unsupported: null,
        },
        {
          sku: "DRAFT",
          externalId: "DRAFT",
          externalLocationId: null,
          external: { offerIds: [] },
          lineRef: "DRAFT",
          title: "DRAFT",
          available: null,
          unsupported: "It has no published fixed-price offer on EBAY_US.",
        },
      ],
    });
  });

  it("goes on by page number, not by count of items", async () => {
    page(0, 101, item("A", 1));
    page(1, 101, item("B", 1));
    page(2, 101, item("C", 1));
    for (const sku of ["A", "B", "C"]) offers(sku, live);
    const { session } = openSession();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const imported = await session.importListings(cursor, call());
      seen.push(...imported.listings.map(({ sku }) => sku));
      cursor = imported.next;
    } while (cursor !== null);
    expect(seen).toEqual(["A", "B", "C"]);
  });

  it("finds nothing at a seller without inventory items", async () => {
    page(0, 0);
    await expect(openSession().session.importListings(null, call())).resolves.toEqual({ listings: [], next: null });
  });

  it("fails as a whole when one SKU's offers can't be read", async () => {
    page(0, 1, item("A", 1));
    ebay().get("/sell/inventory/v1/offer").query({ sku: "A" }).reply(503, "<html></html>");
    const error = await channelErrorOf(openSession().session.importListings(null, call()));
    expect(error.failure).toBe("unavailable");
  });
});
