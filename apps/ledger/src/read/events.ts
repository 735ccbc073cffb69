import type pg from "pg";
import { eventColumns, eventFromRow, type EventRow } from "../commit/rows.ts";
import type { RecordedEvent } from "../domain/types.ts";
import type { LogHeadSignal } from "../log-head.ts";

/** A stretch of the log. */
export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** Where to go on, also when there are no events. */
  readonly next: number;
}

/**
 * How far one merchant's page may look: the log is one for all merchants, so another's events lie between.
 * Bounds the read; `next` moves on over what was looked at.
 */
const STRETCH = 20_000;

/** Where the log is read from. */
export interface LogSource {
  readonly pool: pg.Pool;
  readonly head: Pick<LogHeadSignal, "newest">;
}

export interface LogQuery {
  /** Null: of all merchants. */
  readonly merchantId: string | null;
  readonly after: number;
  readonly limit: number;
}

/**
 * Reads the log after a position. A page that is not full was the end of the log when it was read: of what this process has
 * just written the database is only asked whether it is all there is.
 */
export async function readLog({ pool, head }: LogSource, query: LogQuery): Promise<LogPage> {
  if (head.newest(query.after).length > 0) {
    const end = await headPosition(pool);
    const page = pageOf(head.newest(query.after), query);
    if (page.events.length > 0 && (page.events.length === query.limit || page.next >= end)) return page;
  }
  return await readStored(pool, query);
}

/** As `readLog`, but what this process has just written is told without the database: more may follow on any page. */
export async function readOn({ pool, head }: LogSource, query: LogQuery): Promise<LogPage> {
  const page = pageOf(head.newest(query.after), query);
  return page.events.length > 0 ? page : await readStored(pool, query);
}

function readStored(pool: pg.Pool, query: LogQuery): Promise<LogPage> {
  return query.merchantId === null
    ? readWholeLog(pool, query)
    : readLogOfMerchant(pool, { ...query, merchantId: query.merchantId });
}

function pageOf(newest: readonly RecordedEvent[], { merchantId, after, limit }: LogQuery): LogPage {
  const found = merchantId === null ? newest : newest.filter((event) => event.merchantId === merchantId);
  const events = found.slice(0, limit);
  const last = found.length > limit ? events.at(-1) : newest.at(-1);
  return { events, next: last?.position ?? after };
}

async function readWholeLog(
  pool: pg.Pool,
  query: { readonly after: number; readonly limit: number },
): Promise<LogPage> {
  const found = await pool.query<EventRow>({
    name: "read-log",
    text: `select ${eventColumns.join(", ")} from event where position > $1 order by position limit $2`,
    values: [query.after, query.limit],
  });
  const events = found.rows.map(eventFromRow);
  return { events, next: events.at(-1)?.position ?? query.after };
}

async function readLogOfMerchant(
  pool: pg.Pool,
  query: { readonly merchantId: string; readonly after: number; readonly limit: number },
): Promise<LogPage> {
  // The end first: `next` may move only over what the page has looked at, not over what was committed meanwhile.
  const end = Math.min(query.after + STRETCH, await headPosition(pool));
  const found = await pool.query<EventRow>({
    name: "read-log-of-merchant",
    text: `select ${eventColumns.join(", ")} from event
      where position > $1 and position <= $2 and merchant_id = $3 order by position limit $4`,
    values: [query.after, end, query.merchantId, query.limit],
  });
  const events = found.rows.map(eventFromRow);
  const last = events.at(-1)?.position ?? query.after;
  return { events, next: events.length === query.limit ? last : Math.max(last, end) };
}

/** The hash of the event at a position; undefined where there is none. */
export async function hashAt({ pool, head }: LogSource, position: number): Promise<string | undefined> {
  const [kept] = head.newest(position - 1);
  if (kept) return Buffer.from(kept.hash).toString("hex");
  const found = await pool.query<{ hash: string }>({
    name: "hash-at",
    text: "select encode(hash, 'hex') as hash from event where position = $1",
    values: [position],
  });
  return found.rows[0]?.hash;
}

/** The last position of the log. */
export async function headPosition(pool: pg.Pool): Promise<number> {
  const head = await pool.query<{ position: number }>("select position from log_head");
  return head.rows[0]?.position ?? 0;
}
