import type pg from "pg";
import { inOneWrite } from "./one-write.ts";
import { eventToRow, reservationToRow } from "./rows.ts";
import type { WorkingBooks } from "./working-books.ts";

/** The channel by which ledger processes tell each other that the log has grown. */
export const HEAD_CHANNEL = "ledger_head";

/** One statement: each costs both sides a packet and a wake-up, which a small batch spends more on than on its rows. */
const write = {
  name: "write",
  text: `with
    new_event as (insert into event select * from unnest($1::event[])),
    new_balance as (
      insert into balance (merchant_id, sku, location_id, on_hand, reserved, position)
      select k.*, $7::bigint from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) as k
      on conflict (merchant_id, sku, location_id)
      do update set on_hand = excluded.on_hand, reserved = excluded.reserved, position = excluded.position),
    new_reservation as (
      insert into reservation select * from unnest($10::reservation[])
      on conflict (merchant_id, reservation_id)
      do update set state = excluded.state, lines = excluded.lines, expires_at = excluded.expires_at,
        order_id = excluded.order_id)
    update log_head set position = $7::bigint, hash = $8, recorded_at = to_timestamp($9::double precision / 1000)
    returning pg_notify('${HEAD_CHANNEL}', position::text)`,
};

/** Writes what the books gathered and commits. One round trip on a pipelining connection. */
export async function commitBooks(client: pg.Client, books: WorkingBooks): Promise<void> {
  const { head } = books;
  const balances = books.changedBalances();
  const values = [
    books.events.map(eventToRow),
    balances.map(({ key }) => key.merchantId),
    balances.map(({ key }) => key.sku),
    balances.map(({ key }) => key.locationId),
    balances.map(({ balance }) => balance.onHand),
    balances.map(({ balance }) => balance.reserved),
    head.position,
    head.hash,
    head.recordedAt,
    books.changedReservations().map(reservationToRow),
  ];
  // A COMMIT after a failed statement succeeds as a rollback, so the write's own answer counts.
  await inOneWrite(client, () => Promise.all([client.query({ ...write, values }), client.query("commit")]));
}
