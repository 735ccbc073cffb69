import type pg from "pg";
import { eventColumns, eventFromRow, type EventRow } from "../commit/rows.ts";
import { emptyBalance, type Balance, type RecordedEvent } from "../domain/types.ts";
import type { LocationStock } from "./stock.ts";

/*
 * These queries have no name, so each is planned for its own values and the log as it is: one that was prepared while the
 * log was short would go on scanning it.
 */

/** Which events of a SKU: before a position, newest first; at one location or (null) at all. */
export interface HistoryQuery {
  readonly merchantId: string;
  readonly sku: string;
  readonly locationId: string | null;
  readonly before: number | null;
  readonly limit: number;
}

export async function readHistory(pool: pg.Pool, query: HistoryQuery): Promise<readonly RecordedEvent[]> {
  const found = await pool.query<EventRow>(historyStatement(query));
  return found.rows.map(eventFromRow);
}

/**
 * Probes of indexes that begin with the location: one for the newest event of each location and side, then the newest of
 * those locations that can have any among the newest of all. How long the history is plays no part. (An index over all
 * locations would read less where there are thousands, but costs every write: half as much again for each event
 * inserted, and 61 bytes.)
 */
export function historyStatement(query: HistoryQuery): { readonly text: string; readonly values: unknown[] } {
  const at = (side: string) =>
    `from event where merchant_id = $1 and sku = $2 and ${side} = place.location_id and position < $4`;
  const columns = eventColumns.join(", ");
  return {
    text: `with newest as (
        select place.location_id, greatest(
          (select position ${at("location_id")} order by position desc limit 1),
          (select position ${at("to_location_id")} order by position desc limit 1)) as position
        from balance place
        where place.merchant_id = $1 and place.sku = $2 and ($3::text is null or place.location_id = $3)
      ), oldest_wanted as (
        -- There are that many events from here on (a transfer is one, at two locations): none before it is among the newest.
        select coalesce((select distinct position from newest where position is not null
          order by position desc offset $5::bigint - 1 limit 1), 1) as position
      )
      select distinct on (event.position) event.*
      from oldest_wanted
      join newest place on place.position >= oldest_wanted.position
      cross join lateral (
        (select ${columns} ${at("location_id")} and position >= oldest_wanted.position
         order by position desc limit $5)
        union all
        (select ${columns} ${at("to_location_id")} and position >= oldest_wanted.position
         order by position desc limit $5)) event
      order by event.position desc limit $5`,
    values: [query.merchantId, query.sku, query.locationId, query.before ?? Number.MAX_SAFE_INTEGER, query.limit],
  };
}

/** Which balances: of a SKU as they were at a time (by `recorded_at`); at one location or (null) at all. */
export interface StockAtQuery {
  readonly merchantId: string;
  readonly sku: string;
  readonly locationId: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export async function readStockAt(
  pool: pg.Pool,
  query: StockAtQuery,
): Promise<{ readonly asOf: number; readonly locations: readonly LocationStock[] }> {
  const found = await pool.query<StockAtRow>(stockAtStatement(query));
  return {
    asOf: found.rows[0]?.as_of ?? 0,
    locations: found.rows.flatMap(({ location_id: locationId, on_hand: onHand, reserved }) =>
      locationId === null || onHand === null || reserved === null
        ? []
        : [{ locationId, balance: { onHand, reserved } }],
    ),
  };
}

interface StockAtRow {
  as_of: number;
  location_id: string | null;
  on_hand: number | null;
  reserved: number | null;
}

/**
 * `recorded_at` never decreases along the log, so halving finds the last position at or before a time: 20 probes in a
 * log of a million events. From there, two probes a location.
 */
export function stockAtStatement(query: StockAtQuery): { readonly text: string; readonly values: unknown[] } {
  return {
    text: `with recursive search (known, beyond) as (
        select 0::bigint, position + 1 from log_head
        union all
        select case when is_known then middle else known end, case when is_known then beyond else middle end
        from search
        cross join lateral (select (known + beyond) / 2 as middle) half
        cross join lateral (
          select coalesce((select recorded_at <= $4::timestamptz from event where position = middle), false) as is_known
          offset 0 -- or both uses of it would probe
        ) probe
        where beyond - known > 1
      ), moment as (select known as position from search where beyond - known = 1)
      select moment.position as as_of, last.location_id, last.on_hand, last.reserved
      from moment
      left join lateral (
        select b.location_id, side.on_hand, side.reserved
        from balance b
        cross join lateral (
          select * from (
            (select position, on_hand, reserved from event
             where merchant_id = $1 and sku = $2 and location_id = b.location_id and position <= moment.position
             order by position desc limit 1)
            union all
            (select position, to_on_hand, to_reserved from event
             where merchant_id = $1 and sku = $2 and to_location_id = b.location_id and position <= moment.position
             order by position desc limit 1)) both_sides
          order by position desc limit 1) side
        where b.merchant_id = $1 and b.sku = $2 and ($3::text is null or b.location_id = $3)) last on true
      order by last.location_id`,
    values: [query.merchantId, query.sku, query.locationId, new Date(query.at).toISOString()],
  };
}

/** The sum over locations. */
export function totalOf(locations: readonly LocationStock[]): Balance {
  return locations.reduce(
    (sum, { balance }) => ({ onHand: sum.onHand + balance.onHand, reserved: sum.reserved + balance.reserved }),
    emptyBalance,
  );
}
