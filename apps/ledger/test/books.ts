import { evolveBalance, evolveDestination, evolveReservation } from "../src/domain/evolve.ts";
import {
  emptyBalance,
  type Balance,
  type BalanceKey,
  type Books,
  type RecordedEvent,
  type Reservation,
  type StockEvent,
} from "../src/domain/types.ts";

/** Books in memory: the fold of the events put in, by the ledger's own evolve functions. No hashes. */
export class MemoryBooks implements Books {
  readonly log: RecordedEvent[] = [];
  readonly #balances = new Map<string, Balance>();
  readonly #reservations = new Map<string, Reservation>();

  balance({ merchantId, sku, locationId }: BalanceKey): Balance {
    return this.#balances.get(JSON.stringify([merchantId, sku, locationId])) ?? emptyBalance;
  }

  reservation(merchantId: string, reservationId: string): Reservation | undefined {
    return this.#reservations.get(JSON.stringify([merchantId, reservationId]));
  }

  recorded(merchantId: string, eventId: string): RecordedEvent | undefined {
    return this.log.find((event) => event.merchantId === merchantId && event.eventId === eventId);
  }

  record(event: StockEvent): void {
    const { merchantId, sku, locationId, toLocationId, reservationId } = event;
    const balance = this.#set({ merchantId, sku, locationId }, evolveBalance(this.balance(event), event));
    const destination = toLocationId === null ? null : { merchantId, sku, locationId: toLocationId };
    const toBalance = destination && this.#set(destination, evolveDestination(this.balance(destination), event));
    if (reservationId !== null) {
      const reservation = evolveReservation(this.reservation(merchantId, reservationId), event);
      if (reservation) this.#reservations.set(JSON.stringify([merchantId, reservationId]), reservation);
    }
    const position = this.log.length + 1;
    this.log.push({ ...event, position, recordedAt: event.occurredAt, balance, toBalance, hash: new Uint8Array() });
  }

  #set({ merchantId, sku, locationId }: BalanceKey, balance: Balance): Balance {
    this.#balances.set(JSON.stringify([merchantId, sku, locationId]), balance);
    return balance;
  }
}
