import type pg from "pg";
import type { Needs } from "./work.ts";
import { eventColumns, eventFromRow, reservationFromRow, type EventRow, type ReservationRow } from "./rows.ts";
import { WorkingBooks, type LogHead } from "./working-books.ts";

/*
 * `cross join lateral … limit 1` asks for one index probe a key. Plain joins let the planner choose a scan of the whole
 * log, and a plan made while the log was empty is kept for ever (measured: 6 to 15 times slower at 1e6 events).
 */
const eventsByIds = {
  name: "events-by-ids",
  text: `select e.* from unnest($1::text[], $2::text[]) as k (merchant_id, event_id)
    cross join lateral (
      select ${eventColumns.join(", ")} from event e
      where e.merchant_id = k.merchant_id and e.event_id = k.event_id limit 1) e`,
};

const reservationsByIds = {
  name: "reservations-by-ids",
  text: `select r.* from unnest($1::text[], $2::text[]) as k (merchant_id, reservation_id)
    cross join lateral (
      select * from reservation r
      where r.merchant_id = k.merchant_id and r.reservation_id = k.reservation_id limit 1) r`,
};

const balancesByKeys = {
  name: "balances-by-keys",
  text: `select b.merchant_id, b.sku, b.location_id, b.on_hand, b.reserved from (
      select * from unnest($1::text[], $2::text[], $3::text[]) as given (merchant_id, sku, location_id)
      union
      select r.merchant_id, line.sku, line.location_id
      from unnest($4::text[], $5::text[]) as named (merchant_id, reservation_id)
      cross join lateral (
        select * from reservation r
        where r.merchant_id = named.merchant_id and r.reservation_id = named.reservation_id limit 1) r
      cross join lateral jsonb_to_recordset(r.lines) as line (sku text, location_id text)
    ) k
    cross join lateral (
      select * from balance b
      where b.merchant_id = k.merchant_id and b.sku = k.sku and b.location_id = k.location_id limit 1) b`,
};

interface HeadRow {
  position: number;
  hash: Uint8Array;
  recorded_at_ms: number;
  now_ms: number;
}

interface BalanceRow {
  merchant_id: string;
  sku: string;
  location_id: string;
  on_hand: number;
  reserved: number;
}

/**
 * Opens the batch's transaction: takes the log's head, which serializes writers over all ledger processes, and loads
 * what the work needs. One round trip on a pipelining connection.
 *
 * @returns the books, and the database's clock in epoch milliseconds: the only clock decisions are made by.
 */
export async function openBooks(
  client: pg.Client,
  needs: readonly Needs[],
): Promise<{ books: WorkingBooks; now: number }> {
  const eventIds = needs.flatMap((need) => need.eventIds);
  const reservations = needs.flatMap((need) => need.reservations);
  const balances = needs.flatMap((need) => need.balances);
  const reservationKeys = [reservations.map((r) => r.merchantId), reservations.map((r) => r.reservationId)];

  const [, head, recorded, held, balance] = await Promise.all([
    client.query("begin"),
    client.query<HeadRow>({
      name: "lock-head",
      text: `select position, hash,
          (extract(epoch from greatest(recorded_at, 'epoch')) * 1000)::bigint as recorded_at_ms,
          floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
        from log_head for update`,
    }),
    client.query<EventRow>({
      ...eventsByIds,
      values: [eventIds.map((e) => e.merchantId), eventIds.map((e) => e.eventId)],
    }),
    client.query<ReservationRow>({ ...reservationsByIds, values: reservationKeys }),
    client.query<BalanceRow>({
      ...balancesByKeys,
      values: [
        balances.map((b) => b.merchantId),
        balances.map((b) => b.sku),
        balances.map((b) => b.locationId),
        ...reservationKeys,
      ],
    }),
  ]);

  const { start, now } = headOf(head.rows[0]);
  const books = new WorkingBooks(start);
  books.load({
    balances: balance.rows.map((row) => [
      { merchantId: row.merchant_id, sku: row.sku, locationId: row.location_id },
      { onHand: row.on_hand, reserved: row.reserved },
    ]),
    reservations: held.rows.map((row) => [row.merchant_id, row.reservation_id, reservationFromRow(row)]),
    recorded: recorded.rows.map(eventFromRow),
  });
  return { books, now };
}

function headOf(row: HeadRow | undefined): { start: LogHead; now: number } {
  if (!row) throw new Error("log_head is empty: the ledger's database is damaged or not migrated");
  return { start: { position: row.position, hash: row.hash, recordedAt: row.recorded_at_ms }, now: row.now_ms };
}
