import type { AccountSeed } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { dayOf } from "./quota.ts";

/** Revisions of one listing in one calendar day; after that it is frozen until the next (eBay Sell Inventory API). */
const REVISIONS_PER_DAY = 250;

/** An inventory item with its one published fixed-price offer. */
export interface Listing {
  readonly sku: string;
  readonly title: string;
  readonly offerId: string;
  readonly listingId: string;
  price: { value: string; currency: string };
  /** `shipToLocationAvailability.quantity` of the inventory item: the total for all marketplaces. */
  itemQuantity: number;
  /** `availableQuantity` of the offer: the cap for its marketplace. */
  offerQuantity: number;
  soldQuantity: number;
  revisions: { day: string; count: number };
}

export function createListing(seed: AccountSeed["listings"][number], random: SeededRandom): Listing {
  return {
    sku: seed.sku,
    title: seed.title ?? seed.sku,
    offerId: random.digits(11),
    listingId: random.digits(12),
    price: { value: (seed.price ?? 19.9).toFixed(2), currency: "USD" },
    itemQuantity: seed.quantity,
    offerQuantity: seed.quantity,
    soldQuantity: 0,
    revisions: { day: "", count: 0 },
  };
}

/** What a buyer can buy: the smaller of the two quantities. */
export function liveQuantity(listing: Listing): number {
  return Math.min(listing.itemQuantity, listing.offerQuantity);
}

/** A purchase lowers both quantities, by itself; putting units back (a negative `quantity`) raises both. */
export function sellUnits(listing: Listing, quantity: number): void {
  listing.itemQuantity -= quantity;
  listing.offerQuantity -= quantity;
  listing.soldQuantity += quantity;
}

/** Counts one revision. False: the listing has used up today's, nothing was counted. */
export function countRevision(listing: Listing): boolean {
  const today = dayOf(new Date());
  if (listing.revisions.day !== today) listing.revisions = { day: today, count: 0 };
  if (listing.revisions.count >= REVISIONS_PER_DAY) return false;
  listing.revisions.count += 1;
  return true;
}
