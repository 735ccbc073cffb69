import { evolveBalance, evolveDestination, evolveReservation } from "../domain/evolve.ts";
import {
  emptyBalance,
  type Balance,
  type BalanceKey,
  type Books,
  type RecordedEvent,
  type Reservation,
  type StockEvent,
} from "../domain/types.ts";
import { hashOf } from "./hash.ts";

/** Where the log ends. */
export interface LogHead {
  readonly position: number;
  readonly hash: Uint8Array;
  /** Epoch milliseconds of the last event. */
  readonly recordedAt: number;
}

export interface ReservationKey {
  readonly merchantId: string;
  readonly reservationId: string;
}

export type KeyedReservation = ReservationKey & { readonly reservation: Reservation };
export type KeyedBalance = { readonly key: BalanceKey; readonly balance: Balance };

/** What was looked up in the database. */
export interface Loaded {
  readonly balances: readonly KeyedBalance[];
  readonly reservations: readonly KeyedReservation[];
  readonly recorded: readonly RecordedEvent[];
}

/**
 * The books of one batch: what was known of them, and what the batch's own events have made of it so far. Numbers the
 * events and keeps what must be written.
 */
export class WorkingBooks implements Books {
  readonly events: RecordedEvent[] = [];
  readonly #balances: ReadonlyMap<string, Balance>;
  readonly #changedBalances = new Map<string, KeyedBalance>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #newReservations = new Map<string, KeyedReservation>();
  readonly #changedReservations = new Map<string, KeyedReservation>();
  readonly #recorded = new Map<string, RecordedEvent>();
  #head: LogHead;

  /** @param balances as they are at the head, by `balanceId`. */
  constructor(head: LogHead, balances: ReadonlyMap<string, Balance>, loaded: Omit<Loaded, "balances">) {
    this.#head = head;
    this.#balances = balances;
    for (const { merchantId, reservationId, reservation } of loaded.reservations) {
      this.#reservations.set(pair(merchantId, reservationId), reservation);
    }
    for (const event of loaded.recorded) this.#recorded.set(pair(event.merchantId, event.eventId), event);
  }

  get head(): LogHead {
    return this.#head;
  }

  /** Balances that the batch's events have changed. */
  get changedBalances(): readonly KeyedBalance[] {
    return [...this.#changedBalances.values()];
  }

  /** Reservations that the batch's events have made. */
  get newReservations(): readonly KeyedReservation[] {
    return [...this.#newReservations.values()];
  }

  /** Reservations that were there and that the batch's events have changed. */
  get changedReservations(): readonly KeyedReservation[] {
    return [...this.#changedReservations.values()];
  }

  balance(key: BalanceKey): Balance {
    const id = balanceId(key);
    return this.#changedBalances.get(id)?.balance ?? this.#balances.get(id) ?? emptyBalance;
  }

  reservation(merchantId: string, reservationId: string): Reservation | undefined {
    const id = pair(merchantId, reservationId);
    const own = this.#newReservations.get(id) ?? this.#changedReservations.get(id);
    return own ? own.reservation : this.#reservations.get(id);
  }

  recorded(merchantId: string, eventId: string): RecordedEvent | undefined {
    return this.#recorded.get(pair(merchantId, eventId));
  }

  /** Gives the event its position and the balance after it, and applies it. */
  append(event: StockEvent, now: number): RecordedEvent {
    const { merchantId, sku, locationId, toLocationId, reservationId } = event;
    const balance = this.#setBalance({ merchantId, sku, locationId }, evolveBalance(this.balance(event), event));
    let toBalance: Balance | null = null;
    if (toLocationId !== null) {
      const key = { merchantId, sku, locationId: toLocationId };
      toBalance = this.#setBalance(key, evolveDestination(this.balance(key), event));
    }
    if (reservationId !== null) this.#evolveReservation(event, { merchantId, reservationId });

    const position = this.#head.position + 1;
    // Time may step back on the machine; in the log it never does, so that "the balance at T" has one answer.
    const recordedAt = Math.max(now, this.#head.recordedAt);
    const numbered = { ...event, position, recordedAt, balance, toBalance };
    const recorded = { ...numbered, hash: hashOf(this.#head.hash, numbered) };
    this.#head = { position, hash: recorded.hash, recordedAt };
    this.#recorded.set(pair(merchantId, event.eventId), recorded);
    this.events.push(recorded);
    return recorded;
  }

  #setBalance(key: BalanceKey, balance: Balance): Balance {
    this.#changedBalances.set(balanceId(key), { key, balance });
    return balance;
  }

  #evolveReservation(event: StockEvent, key: ReservationKey): void {
    const before = this.reservation(key.merchantId, key.reservationId);
    const reservation = evolveReservation(before, event);
    if (!reservation || reservation === before) return;
    const id = pair(key.merchantId, key.reservationId);
    const changes = this.#reservations.has(id) ? this.#changedReservations : this.#newReservations;
    changes.set(id, { ...key, reservation });
  }
}

// NUL never occurs in ids (the schemas refuse control characters), so it keeps the parts apart.
function pair(merchantId: string, id: string): string {
  return `${merchantId}\0${id}`;
}

export function balanceId({ merchantId, sku, locationId }: BalanceKey): string {
  return `${merchantId}\0${sku}\0${locationId}`;
}
