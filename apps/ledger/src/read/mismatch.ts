import type { Balance, Reservation } from "../domain/types.ts";

/** Something that the log does not bear out. */
export type Mismatch = BalanceMismatch | ReservationMismatch | ChainMismatch;

export interface BalanceMismatch {
  /** `balance`: the row of the balance; `event`: the balance noted in an event, the first wrong one of its place. */
  readonly kind: "balance" | "event";
  readonly merchantId: string;
  readonly sku: string;
  readonly locationId: string;
  /** What the events add up to. */
  readonly expected: Balance;
  /** Null: there is no row. */
  readonly actual: Balance | null;
  /** The first event whose noted balance is wrong; when they are all right, the last event before the row was changed. */
  readonly position: number;
}

export interface ReservationMismatch {
  readonly kind: "reservation";
  readonly merchantId: string;
  readonly reservationId: string;
  /** What the events make of it; null: no event made it. */
  readonly expected: Reservation | null;
  /** Null: there is no row, or none that the ledger can have written. */
  readonly actual: Reservation | null;
  /** The first event that the row does not reflect; 0 when no event made it. */
  readonly position: number;
}

export interface ChainMismatch {
  /** An event was changed; or (without merchant and SKU) one is missing at this position. */
  readonly kind: "chain";
  readonly merchantId: string | null;
  readonly sku: string | null;
  readonly locationId: string | null;
  readonly position: number;
}
