import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database.ts";
import { naming } from "../errors.ts";
import { isUnfed, unfedReason } from "../channels/feeding.ts";
import { reopenUnmapped } from "../inbox/inbox.ts";
import { doubtNeglected } from "../push/doubt.ts";
import type { ChangedListing } from "../sync/changed-listing.ts";
import { holdCheckpoint } from "../sync/checkpoint.ts";
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
  /** Which of the channel's limits its pushes spend; absent: the channel has one for all. */
  readonly pushBucket?: string;
  readonly title: string;
  /** Units shown at import; null when the channel does not track it. */
  readonly available: number | null;
  /** Why it can't be synced; null when it can, if something feeds it where it is. */
  readonly unsupported: string | null;
}

export interface ImportResult {
  /** One id for each imported listing, in order. */
  readonly listingIds: readonly string[];
  /** How many of them can't be synced. */
  readonly unsupported: number;
  /** Those that do not show what they must: enqueue their pushes. */
  readonly changed: readonly ChangedListing[];
}

/**
 * Adds what an import found, or brings it up to date, and works out at once what each listing must show. What a listing
 * shows at import is kept as shown; once the ledger has heard of its SKU we know better, but for one that could not be
 * synced until now: it is written in full. Each is matched to a known SKU (`MATCHED`); no event names one without any SKU.
 * Deliveries that named something unmapped are tried again when this maps anything: a listing that is new, or that is known
 * by another SKU or line ref than before.
 *
 * @param imported at most a few thousand; no external id and location twice.
 * @throws {StoreError} `unknown_channel`
 */
export async function upsertListings(
  pool: Pool,
  channel: { readonly channelId: string; readonly merchantId: string },
  imported: readonly ImportedListing[],
): Promise<ImportResult> {
  return await inTransaction(pool, (client) => upsertWithin(client, channel, imported));
}

/** `upsertListings` inside a transaction; holds the stock view until it ends. */
export async function upsertWithin(
  client: PoolClient,
  channel: { readonly channelId: string; readonly merchantId: string },
  imported: readonly ImportedListing[],
): Promise<ImportResult> {
  if (imported.length === 0) return { listingIds: [], unsupported: 0, changed: [] };
  // What feeds the channel stays as it is until these listings are judged by it.
  await client.query("select from channel where channel_id = $1 for share", [channel.channelId]);
  const stored = await store(client, channel, imported);
  await noteUnheard(client, channel.channelId, stored, imported);
  const listingIds = stored.map((row) => row.listingId);
  await doubtNeglected(
    client,
    stored.flatMap(({ listingId, isSyncedAgain }) => (isSyncedAgain ? [listingId] : [])),
  );
  const changed = await recomputeWithin(client, listingIds);
  if (stored.some(({ isMapped }) => isMapped)) await reopenUnmapped(client, channel.channelId);
  return { listingIds, unsupported: stored.filter(({ canBePushed }) => !canBePushed).length, changed };
}

interface StoredListing {
  readonly listingId: string;
  readonly canBePushed: boolean;
  /** Whether order lines may name it now that did not before. */
  readonly isMapped: boolean;
  /** Whether it can be synced now and could not before. */
  readonly isSyncedAgain: boolean;
  /** Whether it was of another SKU before. */
  readonly isOfAnotherSku: boolean;
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
    push_bucket: listing.pushBucket ?? "",
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
with told as (
  select * from jsonb_to_recordset($3) as r(listing_id uuid, sku text, external_id text, external_location_id text,
    external jsonb, line_ref text, revision_key text, push_bucket text, title text, unsupported text,
    barcode text)
), imported as (
  select listing_id, sku, external_id, external_location_id, external, line_ref, revision_key, push_bucket, title, barcode,
    coalesce(told.unsupported, case when ${isUnfed("$1", "told.external_location_id")}
      then ${unfedReason("told.external_location_id")} end) as unsupported
  from told
), ${MATCHED}, before as (
  select external_id, external_location_id, l.sku, l.line_ref, l.unsupported
  from listing l join imported r using (external_id, external_location_id)
  where l.channel_id = $1
), stored as (
  insert into listing as l (listing_id, channel_id, merchant_id, sku, external_id, external_location_id, external, line_ref,
    revision_key, push_bucket, title, unsupported, channel_sku, barcode, matched_by, candidates)
  select listing_id, $1, $2, sku, external_id, external_location_id, external, line_ref, revision_key, push_bucket, title,
    unsupported, channel_sku, barcode, matched_by, candidates
  from matched order by external_id, external_location_id
  on conflict (channel_id, external_id, external_location_id) do update set sku = excluded.sku, external = excluded.external,
    line_ref = excluded.line_ref, revision_key = excluded.revision_key, push_bucket = excluded.push_bucket, title = excluded.title,
    unsupported = excluded.unsupported, channel_sku = excluded.channel_sku, barcode = excluded.barcode,
    matched_by = excluded.matched_by, candidates = excluded.candidates
  returning l.*
)
select s.listing_id as "listingId", s.unsupported is null as "canBePushed", external_id as "externalId", external_location_id as "externalLocationId",
  (b.sku, b.line_ref) is distinct from (s.sku, s.line_ref) as "isMapped",
  b.unsupported is not null and s.unsupported is null as "isSyncedAgain",
  b.sku <> s.sku is true as "isOfAnotherSku"
from stored s left join before b using (external_id, external_location_id)`;

/**
 * Keeps what those show that the ledger has not heard of, or that are worked out for the first time next; those that are
 * of another SKU now are such again.
 */
async function noteUnheard(
  client: PoolClient,
  channelId: string,
  stored: readonly StoredListing[],
  imported: readonly ImportedListing[],
): Promise<void> {
  const told = stored.map(({ listingId, canBePushed }, index) => ({
    listing_id: listingId,
    can_be_pushed: canBePushed,
    available: imported[index]?.available,
  }));
  await holdCheckpoint(client);
  await client.query(BEGIN_ANEW, [stored.flatMap((one) => (one.isOfAnotherSku ? [one.listingId] : []))]);
  await client.query(NOTE_UNHEARD, [channelId, JSON.stringify(told)]);
}

/** What another SKU had is nothing that these must show, if the ledger has not heard of theirs. */
const BEGIN_ANEW = `
with locked as materialized (
  select s.listing_id from sync_state s where s.listing_id = any($1::uuid[]) order by s.listing_id for update of s
)
delete from sync_state s using locked where s.listing_id = locked.listing_id`;

const NOTE_UNHEARD = `
insert into unheard_listing as u (listing_id, channel_id, can_be_pushed, shown_quantity, shown_at)
select r.listing_id, $1, r.can_be_pushed, r.available, now()
from jsonb_to_recordset($2) as r(listing_id uuid, can_be_pushed boolean, available integer)
where not exists (select from sync_state s where s.listing_id = r.listing_id offset 0)
order by r.listing_id
on conflict (listing_id) do update set can_be_pushed = excluded.can_be_pushed,
  shown_quantity = excluded.shown_quantity, shown_at = excluded.shown_at`;
