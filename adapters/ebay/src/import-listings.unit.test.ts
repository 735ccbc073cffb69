import { describe, expect, it } from "vitest";
import { importPages } from "./testing/import-pages.ts";
import { call, channelErrorOf, ebay, openSession, trading, tradingAnswer, useNock } from "./testing/harness.ts";

useNock();

const live = {
  offerId: "o-1",
  marketplaceId: "EBAY_US",
  format: "FIXED_PRICE",
  status: "PUBLISHED",
  listing: { listingId: "110" },
};

function item(sku: string, quantity: number, more: object = {}) {
  return { sku, availability: { shipToLocationAvailability: { quantity, ...more } } };
}

function page(offset: number, total: number, ...inventoryItems: object[]) {
  const query = { limit: "50", offset: String(offset) };
  ebay().get("/sell/inventory/v1/inventory_item").query(query).reply(200, { total, inventoryItems });
}

function offers(sku: string, ...found: object[]) {
  ebay().get("/sell/inventory/v1/offer").query({ sku }).reply(200, { offers: found });
}

/** One page of the seller's running listings, whoever made them. */
function sellerList(number: number, pages: number, ...items: string[]) {
  const fields = `<PaginationResult><TotalNumberOfPages>${pages}</TotalNumberOfPages></PaginationResult>
    <ItemArray>${items.join("")}</ItemArray>`;
  trading("GetSellerList", new RegExp(`<PageNumber>${number}</PageNumber>`)).reply(
    200,
    tradingAnswer("GetSellerList", fields),
  );
}

describe("importing inventory items", () => {
  it("takes SKUs with a published fixed-price offer here, and says why the others can't be synced", async () => {
    page(
      0,
      3,
      { ...item("a/b", 8), product: { title: "Blue widget", upc: ["Does not apply"], ean: ["4006381333931"] } },
      item("DRAFT", 5),
      item("SPREAD", 5, { availabilityDistributions: [{ merchantLocationKey: "wh-1", quantity: 5 }] }),
    );
    offers("a/b", { ...live, availableQuantity: 6 }, { ...live, offerId: "o-2", format: "AUCTION" });
    offers("DRAFT", { ...live, status: "UNPUBLISHED" });
    offers("SPREAD", live);
    const imported = await openSession().session.importListings(null, call());
    expect(imported).toMatchObject({ next: "listed:1", total: null });
    expect(imported.listings).toEqual([
      {
        sku: "a/b",
        externalId: "a/b",
        externalLocationId: null,
        external: { backend: "inventory", offerIds: ["o-1"] },
        lineRef: "a/b",
        revisionKey: "110",
        title: "Blue widget",
        barcode: "4006381333931",
        available: 6,
        unsupported: null,
      },
      {
        sku: "DRAFT",
        externalId: "DRAFT",
        externalLocationId: null,
        external: { backend: "inventory", offerIds: [] },
        lineRef: "DRAFT",
        title: "DRAFT",
        barcode: null,
        available: null,
        unsupported: "It has no published fixed-price offer on EBAY_US.",
      },
      expect.objectContaining({
        sku: "SPREAD",
        unsupported: "Its units are spread over several fulfillment centers on eBay.",
      }),
    ]);
  });

  it("goes on by page number, not by count of items, and then to the listings made elsewhere", async () => {
    for (const [number, sku] of ["A", "B", "C"].entries()) {
      page(number, 101, item(sku, 1));
      offers(sku, live);
    }
    sellerList(1, 2);
    sellerList(2, 2);
    const { session, spent } = openSession();
    const pages = await importPages(session);
    expect(pages.flatMap(({ listings }) => listings.map(({ sku }) => sku))).toEqual(["A", "B", "C"]);
    expect(pages.map(({ next }) => next)).toEqual(["items:1", "items:2", "listed:1", "listed:2", null]);
    expect(new Set(spent.map(({ urgency }) => urgency))).toEqual(new Set(["background"]));
  });

  it("fails as a whole when one SKU's offers can't be read", async () => {
    page(0, 1, item("A", 1));
    ebay().get("/sell/inventory/v1/offer").query({ sku: "A" }).reply(503, "<html></html>");
    const error = await channelErrorOf(openSession().session.importListings(null, call()));
    expect(error.failure).toBe("unavailable");
  });

  it("refuses a cursor that is not its own", async () => {
    const error = await channelErrorOf(openSession().session.importListings("listed:-1", call()));
    expect(error).toMatchObject({ failure: "rejected", code: "bad_cursor" });
  });
});

describe("importing listings made elsewhere", () => {
  const single = `<Item><ItemID>220</ItemID><SKU>1e5</SKU><Title>Cap &amp; hat</Title><Quantity>12</Quantity>
    <SellingStatus><QuantitySold>3</QuantitySold></SellingStatus>
    <ProductListingDetails><UPC>Does not apply</UPC><EAN>4006381333931</EAN></ProductListingDetails></Item>`;

  async function listed(...items: string[]) {
    sellerList(1, 1, ...items);
    return (await openSession().session.importListings("listed:1", call())).listings;
  }

  it("brings one with what is left of it: eBay's number counts the sold units too", async () => {
    offers("1e5");
    expect(await listed(single)).toEqual([
      {
        sku: "1e5",
        externalId: "item:220",
        externalLocationId: null,
        external: { backend: "trading", itemId: "220", variationSku: null },
        lineRef: "item:220",
        revisionKey: "220",
        title: "Cap & hat",
        barcode: "4006381333931",
        available: 9,
        unsupported: null,
      },
    ]);
  });

  it("brings each variation by its SKU, and says why one without can't be synced", async () => {
    offers("1.10");
    const variations = await listed(`<Item><ItemID>221</ItemID><Title>Cap</Title><Quantity>9</Quantity><Variations>
      <Variation><SKU>1.10</SKU><Quantity>5</Quantity><SellingStatus><QuantitySold>1</QuantitySold></SellingStatus>
        <VariationProductListingDetails><UPC>036000291452</UPC></VariationProductListingDetails></Variation>
      <Variation><Quantity>4</Quantity></Variation></Variations></Item>`);
    expect(variations).toMatchObject([
      {
        sku: "1.10",
        externalId: "item:221:1.10",
        lineRef: "item:221:1.10",
        revisionKey: "221",
        external: { backend: "trading", itemId: "221", variationSku: "1.10" },
        barcode: "036000291452",
        available: 4,
        unsupported: null,
      },
      { sku: "", externalId: "item:221:variation 2", unsupported: expect.stringContaining("this one has none") },
    ]);
  });

  it("leaves out those of the Inventory API, whose offer names the listing, on whichever marketplace", async () => {
    offers("1e5", { ...live, marketplaceId: "EBAY_DE", listing: { listingId: "220" } });
    expect(await listed(single)).toEqual([]);
  });

  it("takes one whose SKU is an inventory item's too, but on another listing", async () => {
    offers("1e5", live);
    expect(await listed(single)).toMatchObject([{ externalId: "item:220" }]);
  });

  it("asks nothing of a listing without SKU, and leaves auctions alone", async () => {
    const found = await listed(
      "<Item><ItemID>222</ItemID><ListingType>Chinese</ListingType><Quantity>1</Quantity></Item>",
    );
    expect(found).toMatchObject([{ sku: "", unsupported: "It is an auction: its units are the bidders'." }]);
  });
});
