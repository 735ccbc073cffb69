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

/** In eBay's own words. */
const trouble = { errors: [{ errorId: 25001, longMessage: "A system error has occurred." }] };

function page(offset: number, total: number, ...inventoryItems: object[]) {
  const query = { limit: "50", offset: String(offset) };
  ebay().get("/sell/inventory/v1/inventory_item").query(query).reply(200, { total, inventoryItems });
}

function offers(sku: string, ...found: object[]) {
  ebay().get("/sell/inventory/v1/offer").query({ sku }).reply(200, { offers: found });
}

/** Which of these SKUs are inventory items: asked for in one call, in this order. */
function areItems(answers: { readonly [sku: string]: boolean }, status = 207) {
  const responses = Object.entries(answers).map(([sku, isItem]) =>
    isItem
      ? { statusCode: 200, inventoryItem: {}, sku }
      : { statusCode: 404, sku, errors: [{ errorId: 25702, message: "SKU could not be found." }] },
  );
  ebay()
    .post("/sell/inventory/v1/bulk_get_inventory_item", { requests: Object.keys(answers).map((sku) => ({ sku })) })
    .reply(status, { responses });
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
        pushBucket: "inventory",
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
        pushBucket: "inventory",
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

  it("leaves out an item that eBay has trouble with, and brings the others", async () => {
    page(0, 2, item("SICK", 1), item("WELL", 1));
    ebay().get("/sell/inventory/v1/offer").query({ sku: "SICK" }).reply(500, trouble);
    offers("WELL", live);
    const { listings } = await openSession().session.importListings(null, call());
    expect(listings.map(({ sku }) => sku)).toEqual(["WELL"]);
  });

  it("fails as a whole when it is not eBay that answers for one SKU's offers", async () => {
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
    areItems({ "1e5": false });
    expect(await listed(single)).toEqual([
      {
        sku: "1e5",
        externalId: "item:220",
        externalLocationId: null,
        external: { backend: "trading", itemId: "220", variationSku: null },
        lineRef: "item:220",
        revisionKey: "220",
        pushBucket: "trading",
        title: "Cap & hat",
        barcode: "4006381333931",
        available: 9,
        unsupported: null,
      },
    ]);
  });

  it("brings each variation by its SKU, and says why one without can't be synced", async () => {
    areItems({ "1.10": false });
    const variations =
      await listed(`<Item><ItemID>221</ItemID><SKU>GROUP</SKU><Title>Cap</Title><Quantity>9</Quantity><Variations>
      <Variation><SKU>1.10</SKU><Quantity>5</Quantity><SellingStatus><QuantitySold>1</QuantitySold></SellingStatus>
        <VariationProductListingDetails><UPC>036000291452</UPC></VariationProductListingDetails></Variation>
      <Variation><Quantity>4</Quantity></Variation></Variations></Item>`);
    expect(variations).toMatchObject([
      {
        sku: "1.10",
        externalId: "item:221:1.10",
        lineRef: "item:221:1.10",
        revisionKey: "221",
        pushBucket: "trading",
        external: { backend: "trading", itemId: "221", variationSku: "1.10" },
        barcode: "036000291452",
        available: 4,
        unsupported: null,
      },
      { sku: "", externalId: "item:221:variation 2", unsupported: expect.stringContaining("this one has none") },
    ]);
  });

  it("leaves out those of the Inventory API, whose offer names the listing, on whichever marketplace", async () => {
    areItems({ "1e5": true });
    offers("1e5", { ...live, marketplaceId: "EBAY_DE", listing: { listingId: "220" } });
    expect(await listed(single)).toEqual([]);
  });

  it("leaves out one whose SKU eBay has trouble with: whose it is can't be known", async () => {
    areItems({ "1e5": true });
    ebay().get("/sell/inventory/v1/offer").query({ sku: "1e5" }).reply(500, trouble);
    expect(await listed(single)).toEqual([]);
  });

  it("leaves out one with variations by a variation's SKU: its own is the group's name", async () => {
    areItems({ RED: true });
    offers("RED", { ...live, listing: { listingId: "221" } });
    const found = await listed(`<Item><ItemID>221</ItemID><SKU>GROUP</SKU><Quantity>9</Quantity><Variations>
      <Variation><SKU>RED</SKU><Quantity>5</Quantity></Variation>
      <Variation><SKU>BLUE</SKU><Quantity>4</Quantity></Variation></Variations></Item>`);
    expect(found).toEqual([]);
  });

  it("takes one whose SKU is an inventory item's too, but on another listing", async () => {
    areItems({ "1e5": true });
    offers("1e5", live);
    expect(await listed(single)).toMatchObject([{ externalId: "item:220" }]);
  });

  const plain = (itemId: number, sku: string) =>
    `<Item><ItemID>${itemId}</ItemID><SKU>${sku}</SKU><Quantity>1</Quantity></Item>`;

  it("costs a call for 25 of them: offers are asked for only of SKUs that are inventory items", async () => {
    const skus = Array.from({ length: 26 }, (_, index) => `S${index}`);
    areItems(Object.fromEntries(skus.slice(0, 25).map((sku) => [sku, false])));
    areItems({ S25: false }, 200);
    sellerList(1, 1, ...skus.map((sku, index) => plain(300 + index, sku)));
    const { session, spent } = openSession();
    const { listings } = await session.importListings("listed:1", call());
    expect(listings.map(({ sku }) => sku)).toEqual(skus);
    expect(spent.map(({ bucket }) => bucket)).toEqual(["trading", "inventory", "inventory"]);
  });

  it("costs nothing more where the same session has found them as inventory items before", async () => {
    page(0, 1, item("A", 1));
    offers("A", live);
    sellerList(1, 1, plain(110, "A"));
    const { session, spent } = openSession();
    const pages = await importPages(session);
    expect(pages.flatMap(({ listings }) => listings.map(({ sku }) => sku))).toEqual(["A"]);
    expect(spent.map(({ bucket }) => bucket)).toEqual(["inventory", "inventory", "trading"]);
  });

  it.each([25_707, 25_708])("takes one whose SKU can't be an inventory item's at all (%i)", async (errorId) => {
    const refused = { errors: [{ errorId, message: "This is an invalid value for a SKU." }] };
    ebay().post("/sell/inventory/v1/bulk_get_inventory_item").reply(400, refused);
    ebay().get("/sell/inventory/v1/offer").query({ sku: "1e5" }).reply(400, refused);
    expect(await listed(single)).toMatchObject([{ externalId: "item:220" }]);
  });

  it("asks for the offers of a SKU that eBay does not answer for, or could not read just now", async () => {
    ebay()
      .post("/sell/inventory/v1/bulk_get_inventory_item")
      .reply(207, { responses: [{ sku: "A", statusCode: 500, errors: [{ errorId: 25_001 }] }] });
    offers("A", live);
    offers("B", { ...live, listing: { listingId: "111" } });
    expect(await listed(plain(110, "A"), plain(111, "B"))).toEqual([]);
  });

  it("fails as a whole while eBay can't say which are its own", async () => {
    ebay().post("/sell/inventory/v1/bulk_get_inventory_item").reply(503, "<html></html>");
    sellerList(1, 1, single);
    const error = await channelErrorOf(openSession().session.importListings("listed:1", call()));
    expect(error.failure).toBe("unavailable");
  });

  it("asks nothing of a listing without SKU, and leaves auctions alone", async () => {
    const found = await listed(
      "<Item><ItemID>222</ItemID><ListingType>Chinese</ListingType><Quantity>1</Quantity></Item>",
    );
    expect(found).toMatchObject([{ sku: "", unsupported: "It is an auction: its units are the bidders'." }]);
  });
});
