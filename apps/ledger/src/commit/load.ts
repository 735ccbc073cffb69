import type pg from "pg";
import { inOneWrite } from "./one-write.ts";
import { eventColumns, eventFromRow, reservationFromRow, type EventRow, type ReservationRow } from "./rows.ts";
import type { Needs, ReservationKey } from "./work.ts";
import { balanceId, WorkingBooks, type LogHead } from "./working-books.ts";

/*
 * Each statement asks for one index probe a key, and its plan is made once (group-commit.ts), likely while the log is
 * empty and all plans look alike. So no other plan may be possible: plain joins can become a scan of the whole log, and
 * an equality on `merchant_id` can be looked up in any index that begins with it. Only one index has the order that
 * `events-by-ids` asks for.
 */
const eventsByIds = {
  name: "events-by-ids",
  text: `select e.* from unnest($1::text[], $2::text[]) as k (merchant_id, event_id)
    cross join lateral (
      select ${eventColumns.join(", ")} from event e
      where (e.merchant_id, e.event_id) >= (k.merchant_id, k.event_id) order by e.merchant_id, e.event_id limit 1) e
    where e.merchant_id = k.merchant_id and e.event_id = k.event_id`,
};

const reservationsByIds = {
  name: "reservations-by-ids",
  text: `select r.* from unnest($1::text[], $2::text[]) as k (merchant_id, reservation_id)
    cross join lateral (
      select * from reservation r
      where r.merchant_id = k.merchant_id and r.reservation_id = k.reservation_id limit 1) r`,
};

const balanceOfKey = `cross join lateral (
      select merchant_id, sku, location_id, on_hand, reserved from balance b
      where b.merchant_id = k.merchant_id and b.sku = k.sku and b.location_id = k.location_id limit 1) b`;

const balancesByKeys = {
  name: "balances-by-keys",
  text: `select b.* from unnest($1::text[], $2::text[], $3::text[]) as k (merchant_id, sku, location_id) ${balanceOfKey}`,
};

const balancesByReservations = {
  name: "balances-by-reservations",
  text: `select b.* from (
      select distinct r.merchant_id, line.sku, line.location_id
      from unnest($1::text[], $2::text[]) as named (merchant_id, reservation_id)
      cross join lateral (
        select * from reservation r
        where r.merchant_id = named.merchant_id and r.reservation_id = named.reservation_id limit 1) r
      cross join lateral jsonb_to_recordset(r.lines) as line (sku text, location_id text)
    ) k ${balanceOfKey}`,
};

/** The clock is read once the lock is held: read beside it, it would tell the time before waiting for another process. */
const lockHead = {
  name: "lock-head",
  text: `select position, hash,
      (extract(epoch from greatest(recorded_at, 'epoch')) * 1000)::bigint as recorded_at_ms,
      floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
    from (select * from log_head for update) locked`,
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
  const reservedBalances = needs.flatMap((need) => need.reservedBalances);
  const keys = [...new Map(balances.map((key) => [balanceId(key), key])).values()];

  const [, head, recorded, held, balance, reservedBalance] = await inOneWrite(client, () =>
    Promise.all([
      client.query("begin"),
      client.query<HeadRow>(lockHead),
      lookUp<EventRow>(client, eventsByIds, [eventIds.map((e) => e.merchantId), eventIds.map((e) => e.eventId)]),
      lookUp<ReservationRow>(client, reservationsByIds, columnsOf(reservations)),
      lookUp<BalanceRow>(client, balancesByKeys, [
        keys.map((key) => key.merchantId),
        keys.map((key) => key.sku),
        keys.map((key) => key.locationId),
      ]),
      lookUp<BalanceRow>(client, balancesByReservations, columnsOf(reservedBalances)),
    ]),
  );

  const { start, now } = headOf(head.rows[0]);
  const books = new WorkingBooks(start);
  books.load({
    balances: [...balance, ...reservedBalance].map((row) => [
      { merchantId: row.merchant_id, sku: row.sku, locationId: row.location_id },
      { onHand: row.on_hand, reserved: row.reserved },
    ]),
    reservations: held.map((row) => [row.merchant_id, row.reservation_id, reservationFromRow(row)]),
    recorded: recorded.map(eventFromRow),
  });
  return { books, now };
}

function columnsOf(reservations: readonly ReservationKey[]): string[][] {
  return [reservations.map((r) => r.merchantId), reservations.map((r) => r.reservationId)];
}

/** Asks only when there are keys. */
async function lookUp<Row extends pg.QueryResultRow>(
  client: pg.Client,
  statement: { readonly name: string; readonly text: string },
  keyColumns: string[][],
): Promise<Row[]> {
  if (keyColumns[0]?.length === 0) return [];
  return (await client.query<Row>({ ...statement, values: keyColumns })).rows;
}

function headOf(row: HeadRow | undefined): { start: LogHead; now: number } {
  if (!row) throw new Error("log_head is empty: the ledger's database is damaged or not migrated");
  return { start: { position: row.position, hash: row.hash, recordedAt: row.recorded_at_ms }, now: row.now_ms };
}
