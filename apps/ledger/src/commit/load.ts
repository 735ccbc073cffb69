import type pg from "pg";
import { textArray } from "./binary-arrays.ts";
import { inOneWrite } from "./one-write.ts";
import { askPrepared, type Prepared } from "./prepared.ts";
import { eventColumns, eventFromRow, reservationFromRow, type EventRow, type ReservationRow } from "./rows.ts";
import type { Needs } from "./work.ts";
import type { Loaded, ReservationKey } from "./working-books.ts";

/*
 * Each statement asks for one index probe a key, and its plan is made once (writer.ts), likely while the log is
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
  text: `select k.n, b.on_hand, b.reserved
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as k (merchant_id, sku, location_id, n) ${balanceOfKey}`,
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

interface KeyedBalanceRow {
  /** Of the key, counted from 1. */
  n: number;
  on_hand: number;
  reserved: number;
}

interface BalanceRow {
  merchant_id: string;
  sku: string;
  location_id: string;
  on_hand: number;
  reserved: number;
}

/** Looks up what the work needs, as of now: each statement reads for itself. One round trip on a pipelining connection. */
export async function lookUp(client: pg.Client, needs: Needs): Promise<Loaded> {
  const { eventIds, balances, reservedBalances } = needs;
  const reservations = [...needs.reservations, ...needs.newReservations];
  const [recorded, held, balance, reservedBalance] = await inOneWrite(client, () =>
    Promise.all([
      ask<EventRow>(client, eventsByIds, [eventIds.map((e) => e.merchantId), eventIds.map((e) => e.eventId)]),
      ask<ReservationRow>(client, reservationsByIds, columnsOf(reservations)),
      ask<KeyedBalanceRow>(client, balancesByKeys, [
        balances.map((key) => key.merchantId),
        balances.map((key) => key.sku),
        balances.map((key) => key.locationId),
      ]),
      ask<BalanceRow>(client, balancesByReservations, columnsOf(reservedBalances)),
    ]),
  );
  return {
    balances: [
      ...balance.flatMap(({ n, on_hand: onHand, reserved }) => {
        const key = balances[n - 1];
        return key ? { key, balance: { onHand, reserved } } : [];
      }),
      ...reservedBalance.map((row) => ({
        key: { merchantId: row.merchant_id, sku: row.sku, locationId: row.location_id },
        balance: { onHand: row.on_hand, reserved: row.reserved },
      })),
    ],
    reservations: held.map((row) => ({
      merchantId: row.merchant_id,
      reservationId: row.reservation_id,
      reservation: reservationFromRow(row),
    })),
    recorded: recorded.map(eventFromRow),
  };
}

function columnsOf(reservations: readonly ReservationKey[]): string[][] {
  return [reservations.map((r) => r.merchantId), reservations.map((r) => r.reservationId)];
}

/** Asks only when there are keys. */
async function ask<Row extends pg.QueryResultRow>(
  client: pg.Client,
  statement: Prepared,
  keyColumns: string[][],
): Promise<Row[]> {
  if (keyColumns[0]?.length === 0) return [];
  return await askPrepared<Row>(client, statement, keyColumns.map(textArray));
}
