import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";
import { ERROR_REASON, TARGET, type ListingErrorReason } from "../sync/changed-listing.ts";
import { LISTING_REF, type ListingRef } from "./listing-ref.ts";

/** The terms of a desired quantity, so that it can be explained. Absent while the ledger knows nothing of the SKU. */
export interface DesiredTerms {
  /** Sum over the locations that feed the listing, and each of them. */
  readonly available: number;
  readonly locations: { readonly [locationId: string]: number };
  readonly safety_stock: number;
  readonly share: number;
  readonly minimum: number;
  readonly cap: number | null;
  readonly paused: boolean;
}

export interface Listing extends ListingRef {
  readonly channelId: string;
  readonly merchantId: string;
  readonly lineRef: string;
  readonly title: string;
  readonly paused: boolean;
  readonly unsupported: string | null;
  /** Null, with the other four below, while the ledger knows nothing of the SKU. */
  readonly desired: number | null;
  readonly desiredPosition: number | null;
  readonly desiredTerms: DesiredTerms | null;
  /** What it must show now: desired less unseen. */
  readonly target: number | null;
  readonly unseenUnits: number | null;
  /** Null: unknown. */
  readonly shown: number | null;
  readonly shownPosition: number | null;
  readonly shownAt: Date | null;
  /** What is wrong with it, and the channel's own code, if it has one, and words for it; null: nothing. */
  readonly errorReason: ListingErrorReason | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

const SELECT = `
select ${LISTING_REF}, l.channel_id as "channelId", l.merchant_id as "merchantId", l.line_ref as "lineRef", l.title,
  l.paused, l.unsupported, s.desired_quantity as desired, s.desired_position as "desiredPosition",
  s.desired_terms as "desiredTerms", case when s.listing_id is not null then ${TARGET} end as target,
  s.unseen_units as "unseenUnits", s.shown_quantity as shown, s.shown_position as "shownPosition",
  s.shown_at as "shownAt", ${ERROR_REASON} as "errorReason", s.error_code as "errorCode", s.error_message as "errorMessage"
from listing l left join sync_state s using (listing_id)`;

/** The listings of these ids that exist, in no order. */
export async function findListings(db: Queryable, listingIds: readonly string[]): Promise<Listing[]> {
  const { rows } = await db.query<Listing>(`${SELECT} where l.listing_id = any($1::uuid[])`, [listingIds]);
  return rows;
}

/**
 * A page of listings, by SKU.
 *
 * @param options.after where to go on: the last listing of the page before.
 * @param options.onlyBehind only those that do not show what they must.
 */
export async function listListings(
  db: Queryable,
  options: {
    readonly merchantId?: string;
    readonly channelId?: string;
    readonly sku?: string;
    readonly onlyBehind?: boolean;
    readonly after?: { readonly sku: string; readonly listingId: string };
    readonly limit: number;
  },
): Promise<Listing[]> {
  const { rows } = await db.query<Listing>(
    `${SELECT}
     where ($1::text is null or l.merchant_id = $1) and ($2::uuid is null or l.channel_id = $2)
       and ($3::text is null or l.sku = $3) and (not $4 or s.shown_quantity is distinct from ${TARGET})
       and ($5::text is null or (l.sku, l.listing_id) > ($5, $6::uuid))
     order by l.sku, l.listing_id limit $7`,
    [
      options.merchantId ?? null,
      options.channelId ?? null,
      options.sku ?? null,
      options.onlyBehind ?? false,
      options.after?.sku ?? null,
      options.after?.listingId ?? null,
      options.limit,
    ],
  );
  return rows;
}

/** What a merchant decides for one listing; null: as the channel. Absent: as it was. */
export interface ListingSettings {
  readonly paused?: boolean;
  readonly safetyStock?: number | null;
  readonly share?: number | null;
  readonly minimum?: number | null;
  readonly cap?: number | null;
}

/**
 * Changes a listing's settings; recompute it afterwards.
 *
 * @throws {StoreError} `allocation_malformed`
 */
export async function saveListingSettings(db: Queryable, listingId: string, settings: ListingSettings): Promise<void> {
  await naming(db.query(SAVE_SETTINGS, [listingId, JSON.stringify(settings)]));
}

const SAVE_SETTINGS = `
update listing set
  paused = case when told ? 'paused' then (told ->> 'paused')::boolean else paused end,
  safety_stock = case when told ? 'safetyStock' then (told ->> 'safetyStock')::integer else safety_stock end,
  share = case when told ? 'share' then (told ->> 'share')::numeric else share end,
  minimum = case when told ? 'minimum' then (told ->> 'minimum')::integer else minimum end,
  cap = case when told ? 'cap' then (told ->> 'cap')::integer else cap end
from (values ($2::jsonb)) as setting(told) where listing_id = $1`;

/** Lets a listing that the channel refused be pushed again by the sweep. */
export async function clearListingError(db: Queryable, listingId: string): Promise<void> {
  await db.query("update sync_state set error_code = null, error_message = null where listing_id = $1", [listingId]);
}
