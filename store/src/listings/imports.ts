import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { inTransaction, type Queryable } from "../database.ts";
import type { ChangedListing } from "../sync/changed-listing.ts";
import { upsertWithin, type ImportedListing } from "./upsert.ts";

/** How far the last import of a channel's listings is. */
export interface ListingImport {
  readonly channelId: string;
  /** Where to go on; null: at the start. */
  readonly cursor: string | null;
  /** Listings found so far: those that can be synced, and those that can't. */
  readonly imported: number;
  readonly unsupported: number;
  /** How many there are in all; null: the channel does not tell. */
  readonly total: number | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Why it waits; null: it goes on. */
  readonly error: string | null;
}

const COLUMNS = `channel_id as "channelId", cursor, imported, unsupported, total, started_at as "startedAt",
  finished_at as "finishedAt", error`;

/**
 * Begins to import a channel's listings from the start. Whoever imported them until now stores nothing more: it may read
 * the channel with settings that are no longer its own.
 *
 * @returns the caller's lease; who does not store a page for `leaseSeconds` may lose it to another.
 */
export async function beginImport(db: Queryable, channelId: string, leaseSeconds: number): Promise<string> {
  const lease = randomUUID();
  await db.query(
    `insert into listing_import (channel_id, lease, due_at) values ($1, $2, clock_timestamp() + make_interval(secs => $3))
     on conflict (channel_id) do update set lease = excluded.lease, cursor = null, imported = 0, unsupported = 0,
       total = null, started_at = now(), finished_at = null, error = null, due_at = excluded.due_at`,
    [channelId, lease, leaseSeconds],
  );
  return lease;
}

/** An import that nobody goes on with; from now on, and for `leaseSeconds`, it is the caller's. */
export async function takeDueImport(
  db: Queryable,
  leaseSeconds: number,
): Promise<(ListingImport & { readonly lease: string }) | undefined> {
  const lease = randomUUID();
  const { rows } = await db.query<ListingImport>(
    `update listing_import set lease = $2, due_at = clock_timestamp() + make_interval(secs => $1)
     where channel_id = (
       select i.channel_id from listing_import i join channel c using (channel_id)
       where i.finished_at is null and i.due_at <= clock_timestamp() and c.status = 'active'
       order by i.due_at limit 1 for update of i skip locked)
     returning ${COLUMNS}`,
    [leaseSeconds, lease],
  );
  return rows[0] && { ...rows[0], lease };
}

/** A page of an import. */
export interface ImportPage {
  /** Those that can be stored. */
  readonly listings: readonly ImportedListing[];
  /** How many more there were that can't. */
  readonly passedOver: number;
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
  readonly total: number | null;
}

/**
 * Stores a page's listings (`upsertListings`), and where to go on; both or nothing.
 *
 * @returns the listings that do not show what they must: enqueue their pushes. Undefined: nothing was stored, the import
 *   is somebody else's by now.
 */
export async function storeImportPage(
  pool: Pool,
  channel: { readonly channelId: string; readonly merchantId: string },
  page: ImportPage,
  { lease, leaseSeconds }: { readonly lease: string; readonly leaseSeconds: number },
): Promise<readonly ChangedListing[] | undefined> {
  const { channelId } = channel;
  return await inTransaction(pool, async (client) => {
    const held = "select from listing_import where channel_id = $1 and lease = $2 for update";
    if ((await client.query(held, [channelId, lease])).rowCount === 0) return undefined;
    const stored = await upsertWithin(client, channel, page.listings);
    const unsupported = stored.unsupported + page.passedOver;
    const imported = page.listings.length - stored.unsupported;
    await client.query(KEEP_PAGE, [channelId, page.next, imported, unsupported, page.total, leaseSeconds]);
    return stored.changed;
  });
}

const KEEP_PAGE = `
update listing_import set cursor = $2, imported = imported + $3, unsupported = unsupported + $4,
  total = coalesce($5, total), error = null, due_at = clock_timestamp() + make_interval(secs => $6),
  finished_at = case when $2::text is null then clock_timestamp() end
where channel_id = $1`;

/** Lets the lease's import wait: the platform does not answer, or asked for it. */
export async function postponeImport(
  db: Queryable,
  channelId: string,
  lease: string,
  { error, seconds }: { readonly error: string; readonly seconds: number },
): Promise<void> {
  await db.query(
    `update listing_import set error = $3, due_at = clock_timestamp() + make_interval(secs => $4)
     where channel_id = $1 and lease = $2 and finished_at is null`,
    [channelId, lease, error, seconds],
  );
}

export async function findImport(db: Queryable, channelId: string): Promise<ListingImport | undefined> {
  const { rows } = await db.query<ListingImport>(`select ${COLUMNS} from listing_import where channel_id = $1`, [
    channelId,
  ]);
  return rows[0];
}
