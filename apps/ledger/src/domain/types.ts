/** Units of one SKU at one location. `available` is always `onHand − reserved` and may be negative: sales are facts. */
export interface Balance {
  readonly onHand: number;
  readonly reserved: number;
}

export const emptyBalance: Balance = { onHand: 0, reserved: 0 };

/** Which balance. */
export interface BalanceKey {
  readonly merchantId: string;
  readonly sku: string;
  readonly locationId: string;
}

/**
 * - `held`: some of its units are still reserved.
 * - `committed`: sold. `released`: given back. `expired`: given back by time.
 * - `cancelled`: released because the order behind it was cancelled; a sale that names it is old news, not a fact.
 */
export type ReservationState = "held" | "committed" | "released" | "expired" | "cancelled";

export interface Reservation {
  readonly state: ReservationState;
  readonly lines: readonly ReservationLine[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
  readonly orderId: string | null;
  readonly source: string;
  /** What a `Reserve` said beside the lines, so that a repeat can be told from another request; null: made by an event. */
  readonly asked: Asked | null;
}

export interface Asked {
  readonly ttlMs: number;
  readonly orderId: string | null;
  readonly source: string;
}

export interface ReservationLine {
  readonly sku: string;
  readonly locationId: string;
  readonly quantity: number;
  /** Units of it still reserved. */
  readonly open: number;
}

export const eventTypes = [
  "inventory.receiving",
  "inventory.sale",
  "inventory.return",
  "inventory.adjustment",
  "inventory.transfer",
  "inventory.reserve",
  "inventory.release",
] as const;

export type EventType = (typeof eventTypes)[number];

/** A fact of the log, before it gets its position and the balance after it. */
export interface StockEvent {
  readonly merchantId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly sku: string;
  readonly locationId: string;
  readonly toLocationId: string | null;
  /** As asked for; null where the command did not say. */
  readonly quantity: number | null;
  readonly setOnHand: number | null;
  readonly onHandChange: number;
  readonly reservedChange: number;
  readonly reservationId: string | null;
  /** For a reserve that expires: epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly orderId: string | null;
  readonly reason: string | null;
  readonly source: string;
  /** When it happened, epoch milliseconds. */
  readonly occurredAt: number;
}

/** A fact in the log. */
export interface RecordedEvent extends StockEvent {
  readonly position: number;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  /** The balance after it at `locationId`. */
  readonly balance: Balance;
  /** For a transfer, the balance after it at `toLocationId`. */
  readonly toBalance: Balance | null;
  readonly hash: Uint8Array;
}

/** What `decide` may look at. */
export interface Books {
  balance(key: BalanceKey): Balance;
  reservation(merchantId: string, reservationId: string): Reservation | undefined;
  /** The event already recorded under this id. */
  recorded(merchantId: string, eventId: string): RecordedEvent | undefined;
}

export function availableOf(balance: Balance): number {
  return balance.onHand - balance.reserved;
}
