import type pg from "pg";
import { hashOf } from "../commit/hash.ts";
import { eventColumns, type EventRow } from "../commit/rows.ts";
import { pagesOf } from "./cursor.ts";
import { readEvent } from "./damaged-rows.ts";
import type { ChainMismatch } from "./mismatch.ts";

interface ChainRow extends EventRow {
  /** Of the event before it in the log. */
  previous_position: number | null;
  previous_hash: Uint8Array | null;
}

/*
 * One merchant's events are checked against the hash of whatever stands before them, so that nobody else's content is
 * read; rows after a gap come too, whosever they are, as the missing event may be the merchant's.
 */
const chain = `select * from (
    select ${eventColumns.join(", ")}, lag(position) over w as previous_position, lag(hash) over w as previous_hash
    from event window w as (order by position)) linked
  where $1::text is null or merchant_id = $1 or position <> coalesce(previous_position, 0) + 1
  order by position`;

/** What a stretch of the log held. */
export interface Stretch {
  /** Events checked in it. */
  readonly events: number;
  readonly mismatches: readonly ChainMismatch[];
}

/**
 * Walks the log and hashes every event: finds each that was changed, each place where events are missing, and an end
 * that is not the one the head remembers. Of one merchant, or (null) of all.
 */
export async function* checkChain(client: pg.ClientBase, merchantId: string | null): AsyncGenerator<Stretch> {
  for await (const rows of pagesOf<ChainRow>(client, { text: chain, values: [merchantId] })) {
    const own = rows.filter((row) => merchantId === null || row.merchant_id === merchantId);
    yield { events: own.length, mismatches: rows.flatMap((row) => mismatchesAt(row, merchantId)) };
  }
  yield { events: 0, mismatches: await checkEnd(client) };
}

function mismatchesAt(row: ChainRow, merchantId: string | null): ChainMismatch[] {
  const expected = (row.previous_position ?? 0) + 1;
  if (row.position !== expected) return [missing(expected)];
  if (merchantId !== null && row.merchant_id !== merchantId) return [];
  const event = readEvent(row);
  if (event && hashOf(row.previous_hash ?? new Uint8Array(), event).equals(event.hash)) return [];
  const { merchant_id: owner, sku, location_id: locationId, position } = row;
  return [{ kind: "chain", merchantId: owner, sku, locationId, position }];
}

/** The head remembers position and hash of the last event, so that events cut off the end show. */
async function checkEnd(client: pg.ClientBase): Promise<ChainMismatch[]> {
  const { rows } = await client.query<{ is_whole: boolean; last: number }>(
    `select (head.position, head.hash) is not distinct from (coalesce(last.position, 0), coalesce(last.hash, '\\x')) as is_whole,
       coalesce(last.position, 0) as last
     from log_head head left join (select position, hash from event order by position desc limit 1) last on true`,
  );
  const [end] = rows;
  return end?.is_whole === true ? [] : [missing((end?.last ?? 0) + 1)];
}

function missing(position: number): ChainMismatch {
  return { kind: "chain", merchantId: null, sku: null, locationId: null, position };
}
