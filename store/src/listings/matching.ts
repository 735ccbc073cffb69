import type { Queryable } from "../database.ts";

/** A listing that no known SKU fits, or several do. */
export interface Unmatched {
  readonly listingId: string;
  /** The channel's own SKU text; empty when it has none. */
  readonly channelSku: string;
  readonly barcode: string | null;
  readonly title: string;
  /** The SKUs that fit; empty: none. */
  readonly candidates: readonly string[];
}

/** How a channel's listings were matched to the merchant's SKUs. */
export interface Matching {
  readonly exact: number;
  readonly normalized: number;
  readonly barcode: number;
  /** Several known SKUs fit: nothing was chosen. */
  readonly ambiguous: number;
  /** Nothing known fits: the channel's own text stands for the SKU. */
  readonly unmatched: number;
  /** The first of those that nothing was chosen for, the ambiguous ones first. */
  readonly examples: readonly Unmatched[];
}

export async function summarizeMatching(db: Queryable, channelId: string, examples: number): Promise<Matching> {
  const counts = db.query<Omit<Matching, "examples">>(COUNTS, [channelId]);
  const found = db.query<Unmatched>(
    `select listing_id as "listingId", channel_sku as "channelSku", barcode, title, candidates from listing
     where channel_id = $1 and matched_by is null order by candidates = '{}', channel_sku, listing_id limit $2`,
    [channelId, examples],
  );
  const [counted, unmatched] = await Promise.all([counts, found]);
  const [numbers] = counted.rows;
  if (!numbers) throw new Error("a count returned no row");
  return { ...numbers, examples: unmatched.rows };
}

// From the indexes listing_by_match and listing_unmatched alone: which candidates there are is not in the first.
const COUNTS = `
select coalesce(sum(n) filter (where matched_by = 'exact'), 0)::bigint as exact,
  coalesce(sum(n) filter (where matched_by = 'normalized'), 0)::bigint as normalized,
  coalesce(sum(n) filter (where matched_by = 'barcode'), 0)::bigint as barcode,
  ambiguous, coalesce(sum(n) filter (where matched_by is null), 0)::bigint - ambiguous as unmatched
from (
  select count(*) as ambiguous from listing where channel_id = $1 and matched_by is null and (candidates = '{}') = false
) of_several
left join (select matched_by, count(*) as n from listing where channel_id = $1 group by matched_by) matched on true
group by ambiguous`;

/**
 * Matches `imported(sku, barcode, …)`, listings of channel $1 of merchant $2, to the SKUs that are known: those of the
 * ledger, and those that the merchant's other channels list. By the exact text, else by the normalized one, else by the
 * barcode; never when several fit. Where nothing does, the channel's own text stands for the SKU: the ledger may hear of
 * it later. Gives every column of `imported`, with `sku` the matched one.
 */
export const MATCHED = `matched as (
  select r.listing_id, r.external_id, r.external_location_id, r.external, r.line_ref, r.revision_key, r.push_bucket, r.title,
    r.unsupported,
    r.barcode, r.sku as channel_sku,
    case when r.sku <> '' and is_known then r.sku when cardinality(fitting) = 1 then fitting[1] else r.sku end as sku,
    case when r.sku <> '' and is_known then 'exact' when cardinality(fitting) = 1 then fits_by end as matched_by,
    case when not (r.sku <> '' and is_known) and cardinality(fitting) > 1 then fitting else '{}' end as candidates
  from imported r
  cross join lateral (
    select exists (select from stock_view v where v.merchant_id = $2 and v.sku = r.sku)
      or exists (select from listing o where o.merchant_id = $2 and o.sku = r.sku and o.channel_id <> $1) as is_known,
    array(
      select v.sku from stock_view v
      where r.sku <> '' and v.merchant_id = $2 and normalized_sku(v.sku) = normalized_sku(r.sku)
      union
      select o.sku from listing o
      where r.sku <> '' and o.merchant_id = $2 and normalized_sku(o.sku) = normalized_sku(r.sku) and o.channel_id <> $1
      order by 1) as alike,
    array(
      select distinct o.sku from listing o
      where o.merchant_id = $2 and o.barcode = r.barcode and o.sku <> '' and o.channel_id <> $1
      order by 1) as with_barcode
  ) known
  cross join lateral (
    select case when cardinality(alike) > 0 then alike else with_barcode end as fitting,
      case when cardinality(alike) > 0 then 'normalized' else 'barcode' end as fits_by
  ) best
)`;
