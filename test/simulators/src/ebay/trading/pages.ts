import { groupKeyOf, liveQuantity, type ItemPage, type Listing } from "../listing.ts";
import type { Seller } from "../seller.ts";

const DAY_MS = 24 * 3_600_000;
/** Listings without an end are renewed so often. */
const RENEWED_EVERY_MS = 30 * DAY_MS;

/** A listing as buyers see it, with its SKUs. */
export interface PageOfSkus {
  readonly page: ItemPage;
  readonly parts: readonly [Listing, ...Listing[]];
}

/** All of the seller's listings, whichever API made them, in the order they were listed. */
export function pagesOf(seller: Seller): readonly PageOfSkus[] {
  const byPage = Map.groupBy(seller.listings.values(), ({ page }) => page);
  return [...byPage].flatMap(([page, [first, ...others]]) => (first ? [{ page, parts: [first, ...others] }] : []));
}

/** When a running listing would end if it were not renewed, epoch milliseconds. */
export function endTime({ startedAt }: ItemPage, now: number): number {
  const started = Date.parse(startedAt);
  return started + Math.ceil((now - started + 1) / RENEWED_EVERY_MS) * RENEWED_EVERY_MS;
}

/** `Quantity` counts what was sold too: the units to be had are `Quantity − QuantitySold` (eBay KB 1525). */
export function itemBody({ page, parts }: PageOfSkus, withVariations: boolean) {
  const [first] = parts;
  const now = Date.now();
  return {
    ItemID: page.listingId,
    Title: first.title,
    ListingType: "FixedPriceItem",
    ListingDuration: "GTC",
    ListingDetails: { StartTime: page.startedAt, EndTime: new Date(endTime(page, now)).toISOString() },
    ...skuOfPage(page, first),
    ...(!page.hasVariations && first.barcode !== null && { ProductListingDetails: { UPC: first.barcode } }),
    StartPrice: money(first),
    Quantity: sum(parts, unitsOf),
    SellingStatus: {
      ListingStatus: page.hasEnded ? "Completed" : "Active",
      QuantitySold: sum(parts, ({ soldQuantity }) => soldQuantity),
    },
    ...(page.hasVariations && withVariations && { Variations: { Variation: parts.map(variationBody) } }),
  };
}

/** With variations it is the name of the inventory item group, or none where there is no such group. */
function skuOfPage(page: ItemPage, first: Listing): { readonly SKU?: string } {
  if (!page.hasVariations) return { SKU: first.sku };
  return page.madeBy === "inventory" ? { SKU: groupKeyOf(page) } : {};
}

function variationBody(part: Listing) {
  return {
    SKU: part.sku,
    StartPrice: money(part),
    Quantity: unitsOf(part),
    SellingStatus: { QuantitySold: part.soldQuantity },
    ...(part.barcode !== null && { VariationProductListingDetails: { UPC: part.barcode } }),
  };
}

/** Those to be had and those sold. */
export function unitsOf(part: Listing): number {
  return liveQuantity(part) + part.soldQuantity;
}

export function money({ price }: Listing) {
  return { "@currencyID": price.currency, "#text": price.value };
}

function sum(parts: readonly Listing[], of: (part: Listing) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}
