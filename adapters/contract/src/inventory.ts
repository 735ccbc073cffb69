import type { Json } from "./kinds.ts";

/** A SKU offered on a channel, as the adapter needs to know it. */
export interface ListingRef {
  /** Our id of the listing. */
  readonly listingId: string;
  /** The merchant's code of the item. */
  readonly sku: string;
  /** The id by which the channel is told about it (Shopify: inventory item gid; Amazon, Walmart: seller SKU; eBay: SKU or item id). */
  readonly externalId: string;
  /** The channel's location or ship node this listing's quantity belongs to; null where the channel has one number for all. */
  readonly externalLocationId: string | null;
  /** Whatever else the adapter noted at import (eBay offer ids, Amazon product type). The adapter's own business. */
  readonly external: { readonly [key: string]: Json };
}

/** "Show this many." Absolute, whole units, never negative: a repeated absolute write is harmless, a repeated delta is drift. */
export interface InventoryUpdate {
  readonly listing: ListingRef;
  /** Units a buyer must be able to buy on this listing now. */
  readonly quantity: number;
  /** What the channel is believed to show now; null when unknown. Compare-and-set channels use it as the compared value. */
  readonly expected: number | null;
  /** The ledger position the quantity is based on; for reference documents and logs. */
  readonly position: number;
}

/** What became of one update. An error of the whole call is a thrown `ChannelError` instead. */
export type UpdateOutcome =
  /** The channel took the value. */
  | { readonly status: "accepted" }
  /**
   * Compare-and-set failed, nothing was written; `actual` is what the channel shows (null: could not be read). Also where
   * that is the very number that was wanted: how it got there, a sale above all, is not accounted for by "accepted".
   */
  | { readonly status: "stale"; readonly actual: number | null }
  /** Wrong for good, in the channel's own words (unknown SKU, kit parent, untracked item). */
  | { readonly status: "rejected"; readonly code: string; readonly message: string }
  /** This item failed, but may succeed later (row-level system error). Whether it was written is unknown. */
  | { readonly status: "retry"; readonly code: string; readonly message: string }
  /**
   * Not written: the channel's rate limit was reached within the call, after other items had been answered. When it
   * turned all of them away, the call throws `rate_limited` instead. `retryAfterMs`: as long as the channel asked for.
   */
  | { readonly status: "throttled"; readonly retryAfterMs: number | undefined };

/** What the channel shows for one listing. */
export type ReadOutcome =
  /** `available`: units a buyer can buy now. `reserved`: sold there and not yet shipped, where the channel tells. */
  | { readonly status: "read"; readonly available: number; readonly reserved: number | null }
  /** The channel knows the item but does not track its quantity: a zero from it is not a fact. */
  | { readonly status: "untracked" }
  /** The channel knows no such item. `mayAppear`: it says the same of one that it has yet to take in, so ask again for a while. */
  | { readonly status: "missing"; readonly message: string; readonly mayAppear?: true }
  /** The channel could not tell of this one just now, and could of others: nothing is known of it. */
  | Unread;
export interface Unread {
  readonly status: "unread";
  readonly code: string;
  readonly message: string;
}

/** One listing found on the channel by an import. */
export interface ImportedListing {
  /** The channel's SKU text; empty when it has none. */
  readonly sku: string;
  readonly externalId: string;
  readonly externalLocationId: string | null;
  readonly external: { readonly [key: string]: Json };
  /** The id that order lines use for this listing (Shopify: variant id; elsewhere usually the SKU). */
  readonly lineRef: string;
  /** What the channel counts revisions by where several listings share it (an eBay item with variations); absent: itself. */
  readonly revisionKey?: string;
  /** Which of `capabilities.pushBuckets` its pushes spend; present exactly where the channel has any. */
  readonly pushBucket?: string;
  readonly title: string;
  /** GTIN, EAN, UPC or ISBN as the channel has it; null when it has none. */
  readonly barcode: string | null;
  /** Units shown at import; null when the channel does not track it. */
  readonly available: number | null;
  /** Why it can't be synced (FBA, bundle parent, untracked); null when it can. */
  readonly unsupported: string | null;
}

/** A page of an import; `next` resumes after it, also in another process; null at the end. */
export interface ImportPage {
  readonly listings: readonly ImportedListing[];
  /** How many the whole import will bring, for a progress bar; null when the channel does not tell. */
  readonly total: number | null;
  readonly next: string | null;
}

/** A warehouse, shop or ship node as the channel names it. */
export interface ExternalLocation {
  readonly externalLocationId: string;
  readonly name: string;
}
