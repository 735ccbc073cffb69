import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { eventColumns, type EventRow, type ReservationRow } from "../commit/rows.ts";
import { evolveReservation } from "../domain/evolve.ts";
import type { Reservation } from "../domain/types.ts";
import { pagesOf } from "./cursor.ts";
import { readEvent, readReservation } from "./damaged-rows.ts";
import type { ReservationMismatch } from "./mismatch.ts";

/** A reservation's row beside each event that names it; the one or the other is null where there is none. */
type Row = { [Column in keyof EventRow]: EventRow[Column] | null } & {
  merchant_id: string;
  reservation_id: string;
  stored: Omit<ReservationRow, "expires_at"> | null;
  stored_expires_at: Date | null;
};

const reservationsWithEvents = `
  select ${eventColumns
    .map((column) =>
      column === "merchant_id" || column === "reservation_id"
        ? `coalesce(e.${column}, r.${column}) as ${column}`
        : `e.${column}`,
    )
    .join(", ")},
    case when r.merchant_id is not null then to_jsonb(r) end as stored, r.expires_at as stored_expires_at
  from (select * from event where reservation_id is not null and ($1::text is null or merchant_id = $1)) e
  full join (select * from reservation where $1::text is null or merchant_id = $1) r
    on r.merchant_id = e.merchant_id and r.reservation_id = e.reservation_id
  order by 2, ${eventColumns.indexOf("reservation_id") + 1}, e.position`;

/** A reservation as its events make it, beside its row. */
export interface ReplayedReservation {
  readonly merchantId: string;
  readonly reservationId: string;
  readonly expected: Reservation | null;
  readonly actual: Reservation | null;
  /** The first event that the row does not reflect; 0: none is like that. */
  readonly firstMissed: number;
}

/** Folds the events of every reservation, one reservation after the other, and gives those whose row is another. */
export async function* wrongReservations(
  client: pg.ClientBase,
  merchantId: string | null,
): AsyncGenerator<readonly ReplayedReservation[]> {
  let current: ReservationReplay | undefined;
  for await (const rows of pagesOf<Row>(client, { text: reservationsWithEvents, values: [merchantId] })) {
    const wrong: ReplayedReservation[] = [];
    for (const row of rows) {
      if (!current?.isOf(row)) {
        wrong.push(...(current?.result() ?? []));
        current = new ReservationReplay(row);
      }
      current.add(row);
    }
    yield wrong;
  }
  yield current?.result() ?? [];
}

export async function* checkReservations(
  client: pg.ClientBase,
  merchantId: string | null,
): AsyncGenerator<readonly ReservationMismatch[]> {
  for await (const wrong of wrongReservations(client, merchantId)) {
    yield wrong.map(({ merchantId: owner, reservationId, expected, actual, firstMissed }) => ({
      kind: "reservation",
      merchantId: owner,
      reservationId,
      expected,
      actual,
      position: firstMissed,
    }));
  }
}

class ReservationReplay {
  readonly #merchantId: string;
  readonly #reservationId: string;
  readonly #actual: Reservation | null;
  #expected: Reservation | undefined;
  #firstMissed = 0;

  constructor(row: Row) {
    this.#merchantId = row.merchant_id;
    this.#reservationId = row.reservation_id;
    this.#actual = row.stored && (readReservation({ ...row.stored, expires_at: row.stored_expires_at }) ?? null);
  }

  isOf(row: Row): boolean {
    return row.merchant_id === this.#merchantId && row.reservation_id === this.#reservationId;
  }

  add(row: Row): void {
    const event = isEvent(row) ? readEvent(row) : undefined;
    if (!event) return;
    const wasRight = this.#isRight();
    this.#expected = evolveReservation(this.#expected, event);
    if (this.#isRight()) this.#firstMissed = 0;
    else if (wasRight || this.#firstMissed === 0) this.#firstMissed = event.position;
  }

  result(): ReplayedReservation[] {
    if (this.#isRight()) return [];
    return [
      {
        merchantId: this.#merchantId,
        reservationId: this.#reservationId,
        expected: this.#expected ?? null,
        actual: this.#actual,
        firstMissed: this.#firstMissed,
      },
    ];
  }

  #isRight(): boolean {
    return isDeepStrictEqual(this.#expected ?? null, this.#actual);
  }
}

function isEvent(row: Row): row is Row & EventRow {
  return row.position !== null;
}
