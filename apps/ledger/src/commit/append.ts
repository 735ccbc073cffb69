import type pg from "pg";
import type { RecordedEvent } from "../domain/types.ts";
import { eventColumns, linesToRow } from "./rows.ts";
import type { WorkingBooks } from "./working-books.ts";

const insertEvents = {
  name: "insert-events",
  text: `insert into event (${eventColumns.join(", ")})
    select * from unnest(
      $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
      $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::text[],
      $17::timestamptz[], $18::text[], $19::text[], $20::text[], $21::timestamptz[], $22::timestamptz[], $23::bytea[])`,
};

const upsertBalances = {
  name: "upsert-balances",
  text: `insert into balance (merchant_id, sku, location_id, on_hand, reserved, position)
    select k.*, $6::bigint from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as k
    on conflict (merchant_id, sku, location_id)
    do update set on_hand = excluded.on_hand, reserved = excluded.reserved, position = excluded.position`,
};

const upsertReservations = {
  name: "upsert-reservations",
  text: `insert into reservation (merchant_id, reservation_id, state, lines, expires_at, order_id, source)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::text[], $7::text[])
    on conflict (merchant_id, reservation_id)
    do update set state = excluded.state, lines = excluded.lines, expires_at = excluded.expires_at,
      order_id = excluded.order_id`,
};

const moveHead = {
  name: "move-head",
  text: `update log_head set position = $1, hash = $2, recorded_at = to_timestamp($3::double precision / 1000)`,
};

/** The channel by which ledger processes tell each other that the log has grown. */
export const HEAD_CHANNEL = "ledger_head";

/** Writes what the books gathered and commits. One round trip on a pipelining connection. */
export async function commitBooks(client: pg.Client, books: WorkingBooks): Promise<void> {
  const { events, head } = books;
  const balances = books.changedBalances();
  const reservations = books.changedReservations();
  const writes: Promise<unknown>[] = [
    client.query({ ...insertEvents, values: columnsOf(events) }),
    client.query({
      ...upsertBalances,
      values: [
        balances.map(({ key }) => key.merchantId),
        balances.map(({ key }) => key.sku),
        balances.map(({ key }) => key.locationId),
        balances.map(({ balance }) => balance.onHand),
        balances.map(({ balance }) => balance.reserved),
        head.position,
      ],
    }),
    client.query({ ...moveHead, values: [head.position, head.hash, head.recordedAt] }),
    client.query({ name: "tell-head", text: `select pg_notify('${HEAD_CHANNEL}', $1::text)`, values: [head.position] }),
  ];
  if (reservations.length > 0) {
    writes.push(
      client.query({
        ...upsertReservations,
        values: [
          reservations.map((entry) => entry.merchantId),
          reservations.map((entry) => entry.reservationId),
          reservations.map((entry) => entry.reservation.state),
          reservations.map((entry) => linesToRow(entry.reservation)),
          reservations.map((entry) => dateOf(entry.reservation.expiresAt)),
          reservations.map((entry) => entry.reservation.orderId),
          reservations.map((entry) => entry.reservation.source),
        ],
      }),
    );
  }
  // A COMMIT after a failed statement succeeds as a rollback, so every write's own answer counts.
  await Promise.all([...writes, client.query("commit")]);
}

function columnsOf(events: readonly RecordedEvent[]): unknown[][] {
  return [
    events.map((e) => e.position),
    events.map((e) => e.merchantId),
    events.map((e) => e.eventId),
    events.map((e) => e.eventType),
    events.map((e) => e.sku),
    events.map((e) => e.locationId),
    events.map((e) => e.toLocationId),
    events.map((e) => e.quantity),
    events.map((e) => e.setOnHand),
    events.map((e) => e.onHandChange),
    events.map((e) => e.reservedChange),
    events.map((e) => e.balance.onHand),
    events.map((e) => e.balance.reserved),
    events.map((e) => e.toBalance?.onHand ?? null),
    events.map((e) => e.toBalance?.reserved ?? null),
    events.map((e) => e.reservationId),
    events.map((e) => dateOf(e.expiresAt)),
    events.map((e) => e.orderId),
    events.map((e) => e.reason),
    events.map((e) => e.source),
    events.map((e) => dateOf(e.occurredAt)),
    events.map((e) => dateOf(e.recordedAt)),
    events.map((e) => e.hash),
  ];
}

/** ISO text: `pg` would format a Date in the machine's own time zone. */
function dateOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
