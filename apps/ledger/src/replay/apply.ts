import type pg from "pg";
import {
  eventColumns,
  eventFromRow,
  findRowTypes,
  reservationFromRow,
  reservationRows,
  type EventRow,
  type ReservationRow,
} from "../commit/rows.ts";
import { evolveReservation } from "../domain/evolve.ts";
import type { RecordedEvent, Reservation } from "../domain/types.ts";

/*
 * Corrections go into place some at a time, each in a transaction that holds the log's head: so nobody writes meanwhile,
 * and every reader sees a correction whole. Writers wait as long as one such transaction takes.
 */
const AT_ONCE = 500;

/** A stretch of the corrections, numbered from 1. */
type Numbers = readonly [first: number, last: number];

/** Corrects balance rows by what they lack, makes the missing ones and removes those that no event made. */
export async function correctBalances(client: pg.ClientBase, count: number): Promise<void> {
  for (const numbers of stretches(count)) {
    await holdingHead(client, async () => {
      const key = "(b.merchant_id, b.sku, b.location_id) = (c.merchant_id, c.sku, c.location_id)";
      await client.query(
        `update balance b set on_hand = b.on_hand + c.on_hand_lacks, reserved = b.reserved + c.reserved_lacks
         from balance_correction c where c.n between $1 and $2 and ${key}`,
        [...numbers],
      );
      await client.query(
        `insert into balance (merchant_id, sku, location_id, on_hand, reserved, position)
         select merchant_id, sku, location_id, on_hand_lacks, reserved_lacks, position from balance_correction c
         where c.n between $1 and $2 and not exists (select from balance b where ${key})`,
        [...numbers],
      );
      await client.query(
        `delete from balance b using balance_correction c
         where c.n between $1 and $2 and c.position = 0 and ${key} and b.on_hand = 0 and b.reserved = 0
           and not exists (select from event e
             where (e.merchant_id, e.sku, e.location_id) = (b.merchant_id, b.sku, b.location_id))
           and not exists (select from event e
             where (e.merchant_id, e.sku, e.to_location_id) = (b.merchant_id, b.sku, b.location_id))`,
        [...numbers],
      );
    });
  }
}

/** @param asOf the position that the corrections were worked out at: what was recorded since is folded in. */
export async function correctReservations(client: pg.ClientBase, count: number, asOf: number): Promise<void> {
  const types = await findRowTypes(client);
  for (const numbers of stretches(count)) {
    await holdingHead(client, async () => {
      const corrected = await foldNews(client, numbers, asOf);
      await client.query(
        `delete from reservation r using reservation_correction c
         where c.n between $1 and $2 and (r.merchant_id, r.reservation_id) = (c.merchant_id, c.reservation_id)`,
        [...numbers],
      );
      await client.query("insert into reservation select * from unnest($1::reservation[])", [
        reservationRows(types, corrected),
      ]);
    });
  }
}

interface Corrected {
  readonly merchantId: string;
  readonly reservationId: string;
  readonly reservation: Reservation;
}

interface CorrectionRow {
  merchant_id: string;
  reservation_id: string;
  corrected: Omit<ReservationRow, "expires_at"> | null;
  expires_at: Date | null;
}

/** The reservations of a stretch of corrections as the log makes them by now; those that no event made are left out. */
async function foldNews(client: pg.ClientBase, numbers: Numbers, asOf: number): Promise<Corrected[]> {
  const corrections = await client.query<CorrectionRow>(
    `select merchant_id, reservation_id, to_jsonb(corrected) as corrected, (corrected).expires_at
     from reservation_correction where n between $1 and $2`,
    [...numbers],
  );
  const news = await client.query<EventRow>(
    `select ${eventColumns.map((column) => `e.${column}`).join(", ")}
     from (select * from event where position > $3 and reservation_id is not null offset 0) e
     join reservation_correction c on c.merchant_id = e.merchant_id and c.reservation_id = e.reservation_id
     where c.n between $1 and $2 order by e.position`,
    [...numbers, asOf],
  );
  const events = Map.groupBy(news.rows.map(eventFromRow), ({ merchantId, reservationId }) =>
    JSON.stringify([merchantId, reservationId]),
  );
  return corrections.rows.flatMap((row) => {
    const { merchant_id: merchantId, reservation_id: reservationId, corrected, expires_at } = row;
    const before = corrected ? reservationFromRow({ ...corrected, expires_at }) : undefined;
    const since: readonly RecordedEvent[] = events.get(JSON.stringify([merchantId, reservationId])) ?? [];
    const reservation = since.reduce(evolveReservation, before);
    return reservation ? [{ merchantId, reservationId, reservation }] : [];
  });
}

export function* stretches(count: number): Generator<Numbers> {
  for (let first = 1; first <= count; first += AT_ONCE) yield [first, first + AT_ONCE - 1];
}

/**
 * Ledger processes remember balances while the log's head is as they left it; by its generation they see that they must
 * read them again (docs/adr/0010). Holds the log's head until the end of an open transaction.
 */
export async function haveBalancesReadAnew(client: pg.ClientBase): Promise<void> {
  await client.query("update log_head set generation = generation + 1");
}

async function holdingHead(client: pg.ClientBase, correct: () => Promise<void>): Promise<void> {
  await client.query("begin");
  try {
    await haveBalancesReadAnew(client);
    await correct();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
