import type pg from "pg";
import { findRowTypes, reservationRows } from "../commit/rows.ts";
import { wrongPlaces } from "../read/balance-check.ts";
import { wrongReservations, type ReplayedReservation } from "../read/reservation-check.ts";

/*
 * What a replay has to correct, worked out beside the running ledger and kept in temporary tables of the connection, so
 * that its memory does not grow with what is wrong.
 */

const tables = `
  create temporary table balance_correction (
    n              bigint generated always as identity primary key,
    merchant_id    text not null,
    sku            text not null,
    location_id    text not null,
    -- What the row lacks. Whatever the ledger records meanwhile moves the row by as much as it moves the truth.
    on_hand_lacks  bigint not null,
    reserved_lacks bigint not null,
    -- The last event; 0: none.
    position       bigint not null
  );
  create temporary table reservation_correction (
    n              bigint generated always as identity primary key,
    merchant_id    text not null,
    reservation_id text not null,
    -- Null: no event made it.
    corrected      reservation
  )`;

const findBalances = `
  insert into balance_correction (merchant_id, sku, location_id, on_hand_lacks, reserved_lacks, position)
  select merchant_id, sku, location_id, on_hand - coalesce(row_on_hand, 0), reserved - coalesce(row_reserved, 0),
    coalesce(last_position, 0)
  from (${wrongPlaces}) wrong
  where (row_on_hand, row_reserved) is distinct from (on_hand, reserved)
    or (last_position is not null and (noted_on_hand, noted_reserved) is distinct from (on_hand, reserved))`;

/** How many differ from what the log makes of them. */
export interface Corrections {
  /** Rows, and balances that the last event notes wrongly. */
  readonly balances: number;
  readonly reservations: number;
}

/** Finds what differs as of the client's snapshot, within the client's open transaction; nothing but temporary tables is written. */
export async function findCorrections(client: pg.ClientBase): Promise<Corrections> {
  await client.query(tables);
  const balances = await client.query(findBalances, [null]);
  let reservations = 0;
  for await (const wrong of wrongReservations(client, null)) {
    reservations += wrong.length;
    if (wrong.length > 0) await keep(client, wrong);
  }
  await client.query("analyze balance_correction, reservation_correction");
  return { balances: balances.rowCount ?? 0, reservations };
}

async function keep(client: pg.ClientBase, wrong: readonly ReplayedReservation[]): Promise<void> {
  const made = wrong.flatMap(({ expected, ...key }) => (expected ? [{ ...key, reservation: expected }] : []));
  await client.query(
    `insert into reservation_correction (merchant_id, reservation_id, corrected)
     select r.merchant_id, r.reservation_id, r from unnest($1::reservation[]) r`,
    [reservationRows(await findRowTypes(client), made)],
  );
  const unmade = wrong.filter(({ expected }) => expected === null);
  await client.query(
    `insert into reservation_correction (merchant_id, reservation_id) select * from unnest($1::text[], $2::text[])`,
    [unmade.map((one) => one.merchantId), unmade.map((one) => one.reservationId)],
  );
}
