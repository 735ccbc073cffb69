import type { Queryable } from "../database.ts";
import { ERROR_REASON, TARGET, type ListingErrorReason } from "../sync/changed-listing.ts";

/** A SKU's stock over all locations, beside what each channel shows of it. */
export interface StockOverview {
  readonly merchantId: string;
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly listings: readonly ShownListing[];
}

/** What one listing must show and shows. */
export interface ShownListing {
  readonly channelKey: string;
  readonly target: number;
  /** Null: unknown. */
  readonly shown: number | null;
  /** What is wrong with it, and the channel's own words for it; null: nothing. */
  readonly errorReason: ListingErrorReason | null;
  readonly error: string | null;
}

/**
 * SKUs by merchant and name.
 *
 * @param merchantId null: of all merchants.
 * @param options.search only SKUs that contain this text, whatever its case.
 */
export async function overviewStock(
  db: Queryable,
  merchantId: string | null,
  options: { readonly search?: string | undefined; readonly limit: number },
): Promise<StockOverview[]> {
  const { rows } = await db.query<StockOverview>(
    `with page as (
       select merchant_id, sku, sum(on_hand)::bigint as on_hand, sum(reserved)::bigint as reserved
       from stock_view
       where ($1::text is null or merchant_id = $1) and ($2::text is null or strpos(lower(sku), lower($2)) > 0)
       group by merchant_id, sku order by merchant_id, sku limit $3
     )
     select p.merchant_id as "merchantId", p.sku, p.on_hand as "onHand", p.reserved, p.on_hand - p.reserved as available,
       coalesce(shown.listings, '[]') as listings
     from page p
     left join lateral (
       select jsonb_agg(jsonb_build_object('channelKey', c.channel_key, 'target', ${TARGET},
         'shown', s.shown_quantity, 'errorReason', ${ERROR_REASON}, 'error', s.error_message) order by c.channel_key) as listings
       from listing l join channel c using (channel_id) join sync_state s using (listing_id)
       where l.merchant_id = p.merchant_id and l.sku = p.sku
     ) shown on true
     order by p.merchant_id, p.sku`,
    [merchantId, options.search ?? null, options.limit],
  );
  return rows;
}
