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

/**
 * The books of one batch: what was loaded, and what the batch's own events have made of it so far. Numbers the events
 * and keeps what must be written.
 */
export class WorkingBooks implements Books {
  readonly events: RecordedEvent[] = [];
  readonly #balances = new Map<string, { readonly key: BalanceKey; balance: Balance; changed: boolean }>();
  readonly #reservations = new Map<
    string,
    { readonly merchantId: string; readonly reservationId: string; reservation: Reservation; changed: boolean }
  >();
  readonly #recorded = new Map<string, RecordedEvent>();
  #head: LogHead;

  constructor(head: LogHead) {
    this.#head = head;
  }

  get head(): LogHead {
    return this.#head;
  }

  load(loaded: {
    balances: Iterable<readonly [BalanceKey, Balance]>;
    reservations: Iterable<readonly [merchantId: string, reservationId: string, Reservation]>;
    recorded: Iterable<RecordedEvent>;
  }): void {
    for (const [key, balance] of loaded.balances) {
      this.#balances.set(balanceId(key), { key, balance, changed: false });
    }
    for (const [merchantId, reservationId, reservation] of loaded.reservations) {
      this.#reservations.set(pair(merchantId, reservationId), {
        merchantId,
        reservationId,
        reservation,
        changed: false,
      });
    }
    for (const event of loaded.recorded) this.#recorded.set(pair(event.merchantId, event.eventId), event);
  }

  balance(key: BalanceKey): Balance {
    return this.#balances.get(balanceId(key))?.balance ?? emptyBalance;
  }

  reservation(merchantId: string, reservationId: string): Reservation | undefined {
    return this.#reservations.get(pair(merchantId, reservationId))?.reservation;
  }

  recorded(merchantId: string, eventId: string): RecordedEvent | undefined {
    return this.#recorded.get(pair(merchantId, eventId));
  }

  /** Gives the event its position and the balance after it, and applies it. */
  append(event: StockEvent, now: number): RecordedEvent {
    const balance = this.#setBalance(event, evolveBalance(this.balance(event), event));
    let toBalance: Balance | null = null;
    if (event.toLocationId !== null) {
      const key = { merchantId: event.merchantId, sku: event.sku, locationId: event.toLocationId };
      toBalance = this.#setBalance(key, evolveDestination(this.balance(key), event));
    }
    if (event.reservationId !== null) this.#evolveReservation(event, event.reservationId);

    const position = this.#head.position + 1;
    // Time may step back on the machine; in the log it never does, so that "the balance at T" has one answer.
    const recordedAt = Math.max(now, this.#head.recordedAt);
    const numbered = { ...event, position, recordedAt, balance, toBalance };
    const recorded = { ...numbered, hash: hashOf(this.#head.hash, numbered) };
    this.#head = { position, hash: recorded.hash, recordedAt };
    this.#recorded.set(pair(event.merchantId, event.eventId), recorded);
    this.events.push(recorded);
    return recorded;
  }

  changedBalances() {
    return [...this.#balances.values()].filter((entry) => entry.changed);
  }

  changedReservations() {
    return [...this.#reservations.values()].filter((entry) => entry.changed);
  }

  #setBalance({ merchantId, sku, locationId }: BalanceKey, balance: Balance): Balance {
    const key = { merchantId, sku, locationId };
    this.#balances.set(balanceId(key), { key, balance, changed: true });
    return balance;
  }

  #evolveReservation(event: StockEvent, reservationId: string): void {
    const { merchantId } = event;
    const before = this.reservation(merchantId, reservationId);
    const reservation = evolveReservation(before, event);
    if (!reservation || reservation === before) return;
    this.#reservations.set(pair(merchantId, reservationId), { merchantId, reservationId, reservation, changed: true });
  }
}

// NUL never occurs in ids (the schemas refuse control characters), so it keeps the parts apart.
function pair(merchantId: string, id: string): string {
  return `${merchantId}\0${id}`;
}

export function balanceId({ merchantId, sku, locationId }: BalanceKey): string {
  return `${merchantId}\0${sku}\0${locationId}`;
}
