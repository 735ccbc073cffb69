/** A value that survives `JSON.stringify` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A SKU offered on a channel, as the channel's adapter needs to know it. */
export interface ListingRef {
  readonly listingId: string;
  readonly sku: string;
  readonly externalId: string;
  /** Null where the channel has one number for all its locations. */
  readonly externalLocationId: string | null;
  readonly external: { readonly [key: string]: Json };
}

/** The columns of a `ListingRef` from `listing l`. */
export const LISTING_REF = `l.listing_id as "listingId", l.sku, l.external_id as "externalId",
  nullif(l.external_location_id, '') as "externalLocationId", l.external`;
