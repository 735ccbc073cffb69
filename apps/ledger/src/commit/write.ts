import { textArray } from "./binary-arrays.ts";
import { CLOCK_TRUST_MS, type Mark } from "./memory.ts";
import { askPrepared } from "./prepared.ts";
import { balanceRows, eventRows, reservationRows } from "./rows.ts";
import type { ReservationKey, WorkingBooks } from "./working-books.ts";
import type { Writer } from "./writer.ts";

/** The channel by which ledger processes tell each other that the log has grown. */
export const HEAD_CHANNEL = "ledger_head";

/** What must be so for a batch's decisions to be right. */
export interface Guard {
  readonly mark: Mark;
  /** The time they were made by, epoch milliseconds; null: it was read under the lock. */
  readonly now: number | null;
  /** Reservations that must not be there. */
  readonly absent: readonly ReservationKey[];
}

const nowMs = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint";

const isAsMarked = `position = $1::bigint and hash = $2 and generation = $3::bigint
  and ($4::bigint is null or $4::bigint between ${nowMs} - ${CLOCK_TRUST_MS} and ${nowMs} + ${CLOCK_TRUST_MS})`;

/** @param first of the statement's two last parameters. */
function noneIsThere(first: number): string {
  return `not exists (
    select from unnest($${first}::text[], $${first + 1}::text[]) as k (merchant_id, reservation_id)
    cross join lateral (
      select from reservation r
      where r.merchant_id = k.merchant_id and r.reservation_id = k.reservation_id limit 1) r)`;
}

/**
 * One statement: it writes all or nothing, and each costs both sides a packet and a wake-up, which a small batch spends
 * more on than on its rows. The head's row comes first: who holds it writes, the others wait and then find it moved.
 */
function writeStatement(change: string, probe: string): string {
  return `with
    head as (
      update log_head set position = $5::bigint, hash = $6, recorded_at = to_timestamp($7::double precision / 1000)
      where ${isAsMarked} ${probe} returning pg_notify('${HEAD_CHANNEL}', position::text)),
    new_event as (insert into event select e.* from head, unnest($8::event[]) as e),
    new_balance as (
      insert into balance select b.* from head, unnest($9::balance[]) as b
      on conflict (merchant_id, sku, location_id)
      do update set on_hand = excluded.on_hand, reserved = excluded.reserved, position = excluded.position),
    new_reservation as (insert into reservation select r.* from head, unnest($10::reservation[]) as r)
    ${change}
    select ${nowMs} as now_ms from head`;
}

const changeReservations = `,
    changed_reservation as (
      insert into reservation select r.* from head, unnest($11::reservation[]) as r
      on conflict (merchant_id, reservation_id)
      do update set state = excluded.state, lines = excluded.lines, expires_at = excluded.expires_at,
        order_id = excluded.order_id)`;

/** What few batches need is left out for the others: the server sets up each part, whether it has anything to do or not. */
const statements = {
  write: writeStatement("", ""),
  "write-probe": writeStatement("", `and ${noneIsThere(11)}`),
  "write-change": writeStatement(changeReservations, ""),
  "write-change-probe": writeStatement(changeReservations, `and ${noneIsThere(12)}`),
  check: `select ${nowMs} as now_ms from log_head where ${isAsMarked} and ${noneIsThere(5)}`,
};

/**
 * Writes what the books gathered, if the guard holds.
 *
 * @returns the database's clock in epoch milliseconds; undefined when the guard did not hold, and nothing was written.
 * @throws also when a reservation or an event is there already, and nothing was written.
 */
export async function writeBooks(writer: Writer, guard: Guard, books: WorkingBooks): Promise<number | undefined> {
  const { types } = writer;
  const { head, changedBalances, newReservations, changedReservations } = books;
  const [changes, probes] = [changedReservations.length > 0, guard.absent.length > 0];
  return await ask(writer, `write${changes ? "-change" : ""}${probes ? "-probe" : ""}`, [
    ...markValues(guard),
    head.position,
    head.hash,
    head.recordedAt,
    eventRows(types, books.events),
    balanceRows(types, changedBalances, head.position),
    reservationRows(types, newReservations),
    ...(changes ? [reservationRows(types, changedReservations)] : []),
    ...(probes ? absentValues(guard) : []),
  ]);
}

/** Tells whether the guard holds, as `writeBooks` does. */
export async function checkGuard(writer: Writer, guard: Guard): Promise<number | undefined> {
  return await ask(writer, "check", [...markValues(guard), ...absentValues(guard)]);
}

async function ask({ client }: Writer, name: keyof typeof statements, values: unknown[]): Promise<number | undefined> {
  const [row] = await askPrepared<{ now_ms: number }>(client, { name, text: statements[name] }, values);
  return row?.now_ms;
}

function markValues({ mark, now }: Guard): unknown[] {
  return [mark.head.position, mark.head.hash, mark.generation, now];
}

function absentValues({ absent }: Guard): unknown[] {
  return [
    textArray(absent.map(({ merchantId }) => merchantId)),
    textArray(absent.map(({ reservationId }) => reservationId)),
  ];
}
