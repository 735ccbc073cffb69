import { eventFromRow, reservationFromRow, type EventRow, type ReservationRow } from "../commit/rows.ts";
import type { RecordedEvent, Reservation } from "../domain/types.ts";

/*
 * Rows that somebody changed behind the ledger's back may hold what the ledger never writes: an event type nobody knows,
 * a time that is no time. An audit must go on over them, not fail.
 */

/** An event, or undefined when the ledger can't have written it so. */
export function readEvent(row: EventRow): RecordedEvent | undefined {
  return readable(() => eventFromRow(row));
}

/** A reservation, or undefined when the ledger can't have written it so. */
export function readReservation(row: ReservationRow): Reservation | undefined {
  return readable(() => reservationFromRow(row));
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
