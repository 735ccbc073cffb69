import type { Queryable } from "../database.ts";

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

/** Begins to import a channel's listings from the start; whoever asked has it for `leaseSeconds`. */
export async function beginImport(db: Queryable, channelId: string, leaseSeconds: number): Promise<void> {
  await db.query(
    `insert into listing_import (channel_id, due_at) values ($1, clock_timestamp() + make_interval(secs => $2))
     on conflict (channel_id) do update set cursor = null, imported = 0, unsupported = 0, total = null,
       started_at = now(), finished_at = null, error = null, due_at = excluded.due_at`,
    [channelId, leaseSeconds],
  );
}

/** An import that nobody goes on with; from now on, and for `leaseSeconds`, it is the caller's. */
export async function takeDueImport(db: Queryable, leaseSeconds: number): Promise<ListingImport | undefined> {
  const { rows } = await db.query<ListingImport>(
    `update listing_import set due_at = clock_timestamp() + make_interval(secs => $1)
     where channel_id = (
       select i.channel_id from listing_import i join channel c using (channel_id)
       where i.finished_at is null and i.due_at <= clock_timestamp() and c.status = 'active'
       order by i.due_at limit 1 for update of i skip locked)
     returning ${COLUMNS}`,
    [leaseSeconds],
  );
  return rows[0];
}

/** Keeps what a page brought, once its listings are stored, and where to go on. Page and all is imported again after a crash. */
export async function saveImportPage(
  db: Queryable,
  channelId: string,
  page: {
    readonly next: string | null;
    readonly imported: number;
    readonly unsupported: number;
    readonly total: number | null;
    readonly leaseSeconds: number;
  },
): Promise<void> {
  await db.query(
    `update listing_import set cursor = $2, imported = imported + $3, unsupported = unsupported + $4,
       total = coalesce($5, total), error = null, due_at = clock_timestamp() + make_interval(secs => $6),
       finished_at = case when $2::text is null then clock_timestamp() end
     where channel_id = $1`,
    [channelId, page.next, page.imported, page.unsupported, page.total, page.leaseSeconds],
  );
}

/** Lets an import wait: the platform does not answer, or asked for it. */
export async function postponeImport(db: Queryable, channelId: string, error: string, seconds: number): Promise<void> {
  await db.query(
    `update listing_import set error = $2, due_at = clock_timestamp() + make_interval(secs => $3)
     where channel_id = $1 and finished_at is null`,
    [channelId, error, seconds],
  );
}

export async function findImport(db: Queryable, channelId: string): Promise<ListingImport | undefined> {
  const { rows } = await db.query<ListingImport>(`select ${COLUMNS} from listing_import where channel_id = $1`, [
    channelId,
  ]);
  return rows[0];
}
