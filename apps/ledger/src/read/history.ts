import type pg from "pg";
import { eventColumns, eventFromRow, type EventRow } from "../commit/rows.ts";
import { emptyBalance, type Balance, type RecordedEvent } from "../domain/types.ts";
import { headPosition } from "./events.ts";
import type { LocationStock } from "./stock.ts";

/** Events of a SKU before a position, newest first; at one location or (null) at all. */
export async function readHistory(
  pool: pg.Pool,
  query: {
    readonly merchantId: string;
    readonly sku: string;
    readonly locationId: string | null;
    readonly before: number | null;
    readonly limit: number;
  },
): Promise<readonly RecordedEvent[]> {
  // A probe a location and side: the newest of each come straight from an index, however long the history is.
  const found = await pool.query<EventRow>({
    name: "read-history",
    text: `select * from (
        select distinct on (e.position) e.*
        from balance b
        cross join lateral (
          (select ${eventColumns.join(", ")} from event
           where merchant_id = b.merchant_id and sku = b.sku and location_id = b.location_id and position < $4
           order by position desc limit $5)
          union all
          (select ${eventColumns.join(", ")} from event
           where merchant_id = b.merchant_id and sku = b.sku and to_location_id = b.location_id and position < $4
           order by position desc limit $5)) e
        where b.merchant_id = $1 and b.sku = $2 and ($3::text is null or b.location_id = $3)
        order by e.position desc) newest
      order by position desc limit $5`,
    values: [query.merchantId, query.sku, query.locationId, query.before ?? Number.MAX_SAFE_INTEGER, query.limit],
  });
  return found.rows.map(eventFromRow);
}

/** The balances of a SKU as they were at a time (by `recorded_at`), by location. */
export async function readStockAt(
  pool: pg.Pool,
  query: { readonly merchantId: string; readonly sku: string; readonly locationId: string | null; readonly at: number },
): Promise<{ readonly asOf: number; readonly locations: readonly LocationStock[] }> {
  const asOf = await positionAt(pool, query.at);
  const found = await pool.query<{ location_id: string; on_hand: number; reserved: number }>({
    name: "read-stock-at",
    text: `select b.location_id, last.on_hand, last.reserved
      from balance b
      cross join lateral (
        select * from (
          (select position, on_hand, reserved from event
           where merchant_id = b.merchant_id and sku = b.sku and location_id = b.location_id and position <= $4
           order by position desc limit 1)
          union all
          (select position, to_on_hand, to_reserved from event
           where merchant_id = b.merchant_id and sku = b.sku and to_location_id = b.location_id and position <= $4
           order by position desc limit 1)) side
        order by position desc limit 1) last
      where b.merchant_id = $1 and b.sku = $2 and ($3::text is null or b.location_id = $3)
      order by b.location_id`,
    values: [query.merchantId, query.sku, query.locationId, asOf],
  });
  return {
    asOf,
    locations: found.rows.map((row) => ({
      locationId: row.location_id,
      balance: { onHand: row.on_hand, reserved: row.reserved },
    })),
  };
}

/** The last position recorded at or before a time: `recorded_at` never decreases along the log, so halving finds it. */
async function positionAt(pool: pg.Pool, at: number): Promise<number> {
  let known = 0;
  let beyond = (await headPosition(pool)) + 1;
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    const found = await pool.query<{ recorded_at: Date }>({
      name: "recorded-at",
      text: "select recorded_at from event where position = $1",
      values: [middle],
    });
    const recordedAt = found.rows[0]?.recorded_at.getTime() ?? Infinity;
    if (recordedAt <= at) known = middle;
    else beyond = middle;
  }
  return known;
}

/** The sum over locations. */
export function totalOf(locations: readonly LocationStock[]): Balance {
  return locations.reduce(
    (sum, { balance }) => ({ onHand: sum.onHand + balance.onHand, reserved: sum.reserved + balance.reserved }),
    emptyBalance,
  );
}
