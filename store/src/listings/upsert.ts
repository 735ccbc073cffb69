import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database.ts";
import { naming } from "../errors.ts";
import { reopenUnmapped } from "../inbox/inbox.ts";
import type { ChangedListing } from "../sync/changed-listing.ts";
import { recomputeWithin } from "../sync/recompute.ts";
import type { Json } from "./listing-ref.ts";
import { MATCHED } from "./matching.ts";

/** One listing found on the channel by an import. */
export interface ImportedListing {
  /** The channel's SKU text; empty when it has none. */
  readonly sku: string;
  /** GTIN, EAN, UPC or ISBN; null when the channel has none. */
  readonly barcode: string | null;
  readonly externalId: string;
  readonly externalLocationId: string | null;
  readonly external: { readonly [key: string]: Json };
  readonly lineRef: string;
  /** What the channel counts revisions by where several listings share it; absent: the listing itself. */
  readonly revisionKey?: string;
  readonly title: string;
  /** Units shown at import; null when the channel does not track it. */
  readonly available: number | null;
  /** Why it can't be synced; null when it can. */
  readonly unsupported: string | null;
}

export interface ImportResult {
  /** One id for each imported listing, in order. */
  readonly listingIds: readonly string[];
  /** Those that do not show what they must: enqueue their pushes. */
  readonly changed: readonly ChangedListing[];
}

/**
 * Adds what an import found, or brings it up to date, and works out at once what each listing must show. What a new
 * listing showed at import is kept as shown; of a known one we know better. Each is matched to a known SKU (`MATCHED`);
 * no event names one without any SKU. Deliveries that named something unmapped are tried again when this maps
 * anything: a listing that is new, or that is known by another SKU or line ref than before.
 *
 * @param imported at most a few thousand; no external id and location twice.
 * @throws {StoreError} `unknown_channel`
 */
export async function upsertListings(
  pool: Pool,
  channel: { readonly channelId: string; readonly merchantId: string },
  imported: readonly ImportedListing[],
): Promise<ImportResult> {
  if (imported.length === 0) return { listingIds: [], changed: [] };
  return await inTransaction(pool, async (client) => {
    const stored = await store(client, channel, imported);
    const changed = await recomputeWithin(
      client,
      stored.map((row) => row.listingId),
    );
    const added = stored.flatMap(({ listingId, isNew }, index) => {
      const available = imported[index]?.available ?? null;
      return isNew && available !== null ? [{ listing_id: listingId, available }] : [];
    });
    const settled = await showAsImported(client, added);
    if (stored.some(({ isMapped }) => isMapped)) await reopenUnmapped(client, channel.channelId);
    return {
      listingIds: stored.map((row) => row.listingId),
      changed: changed.flatMap((one) => withShown(one, settled.get(one.listingId))),
    };
  });
}

interface StoredListing {
  readonly listingId: string;
  readonly isNew: boolean;
  /** Whether order lines may name it now that did not before. */
  readonly isMapped: boolean;
}

async function store(
  client: PoolClient,
  channel: { readonly channelId: string; readonly merchantId: string },
  imported: readonly ImportedListing[],
): Promise<StoredListing[]> {
  const rows = imported.map((listing) => ({
    listing_id: randomUUID(),
    sku: listing.sku,
    external_id: listing.externalId,
    external_location_id: listing.externalLocationId ?? "",
    external: listing.external,
    line_ref: listing.lineRef,
    revision_key: listing.revisionKey,
    title: listing.title,
    barcode: listing.barcode,
    unsupported: listing.unsupported,
  }));
  const insert = client.query<StoredListing & { externalId: string; externalLocationId: string }>(UPSERT, [
    channel.channelId,
    channel.merchantId,
    JSON.stringify(rows),
  ]);
  const found = (await naming(insert)).rows;
  const byKey = new Map(found.map((row) => [JSON.stringify([row.externalId, row.externalLocationId]), row]));
  return rows.map((row) => {
    const stored = byKey.get(JSON.stringify([row.external_id, row.external_location_id]));
    if (!stored) throw new Error("an upsert returned no row");
    return stored;
  });
}

const UPSERT = `
with imported as (
  select * from jsonb_to_recordset($3) as r(listing_id uuid, sku text, external_id text, external_location_id text,
    external jsonb, line_ref text, revision_key text, title text, unsupported text,
    barcode text)
), ${MATCHED}, before as (
  select external_id, external_location_id, l.sku, l.line_ref from listing l join imported r using (external_id, external_location_id)
  where l.channel_id = $1
), stored as (
  insert into listing as l (listing_id, channel_id, merchant_id, sku, external_id, external_location_id, external, line_ref,
    revision_key, title, unsupported, channel_sku, barcode, matched_by, candidates)
  select listing_id, $1, $2, sku, external_id, external_location_id, external, line_ref, revision_key, title, unsupported,
    channel_sku, barcode, matched_by, candidates
  from matched order by external_id, external_location_id
  on conflict (channel_id, external_id, external_location_id) do update set sku = excluded.sku, external = excluded.external,
    line_ref = excluded.line_ref, revision_key = excluded.revision_key, title = excluded.title,
    unsupported = excluded.unsupported, channel_sku = excluded.channel_sku, barcode = excluded.barcode,
    matched_by = excluded.matched_by, candidates = excluded.candidates
  returning l.*, xmax = 0 as is_new
)
select s.listing_id as "listingId", s.is_new as "isNew", external_id as "externalId", external_location_id as "externalLocationId",
  (b.sku, b.line_ref) is distinct from (s.sku, s.line_ref) as "isMapped"
from stored s left join before b using (external_id, external_location_id)`;

/** What we never wrote may hold sales that the ledger hears of later: `blind_at` says that they are in the number. */
async function showAsImported(
  client: PoolClient,
  added: readonly { readonly listing_id: string; readonly available: number }[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ listingId: string; shown: number }>(
    `update sync_state s set shown_quantity = r.available, shown_at = now(), blind_at = now()
     from jsonb_to_recordset($1) as r(listing_id uuid, available integer)
     where s.listing_id = r.listing_id
     returning s.listing_id as "listingId", s.shown_quantity as shown`,
    [JSON.stringify(added)],
  );
  return new Map(rows.map((row) => [row.listingId, row.shown]));
}

function withShown(changed: ChangedListing, shown: number | undefined): ChangedListing[] {
  if (shown === undefined) return [changed];
  if (shown === changed.target) return [];
  const priority = changed.target === 0 ? 1 : changed.target < shown ? 2 : 3;
  return [{ ...changed, shown, priority }];
}
