import type { AccountSeed } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { dayOf } from "./quota.ts";
import { isItemSku } from "./sku.ts";

/** Revisions of one listing in one calendar day; after that it is frozen until the next (eBay Sell Inventory API). */
const REVISIONS_PER_DAY = 250;

/** What buyers see under one number: one SKU, or several as its variations, which share its revisions of the day. */
export interface ItemPage {
  readonly listingId: string;
  /** By which API it was made; the other one can't revise it. */
  readonly madeBy: "inventory" | "trading";
  readonly hasVariations: boolean;
  readonly startedAt: string;
  revisions: { day: string; count: number };
  hasEnded: boolean;
}

/** A SKU on its page. Made by the Inventory API: an inventory item with its one published fixed-price offer. */
export interface Listing {
  readonly sku: string;
  readonly title: string;
  readonly barcode: string | null;
  readonly offerId: string;
  readonly page: ItemPage;
  /** "0" where the page has no variations. */
  readonly variationId: string;
  price: { value: string; currency: string };
  /** `shipToLocationAvailability.quantity` of the inventory item: the total for all marketplaces. */
  itemQuantity: number;
  /** `availableQuantity` of the offer: the cap for its marketplace. */
  offerQuantity: number;
  soldQuantity: number;
}

/** How the seller made some listings, other than each by itself through the Inventory API. */
export interface MadeListing {
  readonly by: ItemPage["madeBy"];
  /** Several are the variations of one listing. */
  readonly skus: readonly string[];
}

/**
 * @param made entries that name a SKU this seller does not list are another seller's.
 * @throws when two entries name one SKU, or a SKU is too long for the API it is made by.
 */
export function createListings(
  seeds: AccountSeed["listings"],
  { made, madeBy }: { readonly made: readonly MadeListing[]; readonly madeBy: MadeListing["by"] },
  random: SeededRandom,
): readonly Listing[] {
  const pages = new Map<string, ItemPage>();
  const own = made.filter(({ skus }) => skus.every((sku) => seeds.some((seed) => seed.sku === sku)));
  for (const { by, skus } of own) {
    const page = createPage(by, skus.length > 1, random);
    for (const sku of skus) {
      if (pages.has(sku)) throw new Error(`${sku} can be on one listing only`);
      pages.set(sku, page);
    }
  }
  return seeds.map((seed) => createListing(seed, pages.get(seed.sku) ?? createPage(madeBy, false, random), random));
}

function createPage(madeBy: ItemPage["madeBy"], hasVariations: boolean, random: SeededRandom): ItemPage {
  return {
    listingId: random.digits(12),
    madeBy,
    hasVariations,
    startedAt: new Date().toISOString(),
    revisions: { day: "", count: 0 },
    hasEnded: false,
  };
}

function createListing(seed: AccountSeed["listings"][number], page: ItemPage, random: SeededRandom): Listing {
  if (page.madeBy === "inventory" && !isItemSku(seed.sku)) throw new Error(`"${seed.sku}" can't be an inventory item`);
  return {
    sku: seed.sku,
    title: seed.title ?? seed.sku,
    barcode: seed.barcode ?? null,
    offerId: random.digits(11),
    page,
    variationId: page.hasVariations ? random.digits(12) : "0",
    price: { value: (seed.price ?? 19.9).toFixed(2), currency: "USD" },
    itemQuantity: seed.quantity,
    offerQuantity: seed.quantity,
    soldQuantity: 0,
  };
}

/** The inventory item group of an Inventory API listing with variations. */
export function groupKeyOf({ listingId }: ItemPage): string {
  return `group-${listingId}`;
}

/** What a buyer can buy: the smaller of the two quantities, of a listing that has not ended. */
export function liveQuantity(listing: Listing): number {
  return listing.page.hasEnded ? 0 : Math.min(listing.itemQuantity, listing.offerQuantity);
}

/** A purchase lowers both quantities, by itself; putting units back (a negative `quantity`) raises both. */
export function sellUnits(listing: Listing, quantity: number): void {
  listing.itemQuantity -= quantity;
  listing.offerQuantity -= quantity;
  listing.soldQuantity += quantity;
}

/** Counts one revision. False: the listing has used up today's, nothing was counted. */
export function countRevision({ page }: Listing): boolean {
  const today = dayOf(new Date());
  if (page.revisions.day !== today) page.revisions = { day: today, count: 0 };
  if (page.revisions.count >= REVISIONS_PER_DAY) return false;
  page.revisions.count += 1;
  return true;
}
