import type { Work } from "../src/commit/work.ts";
import { balanceId, WorkingBooks, type KeyedReservation, type LogHead } from "../src/commit/working-books.ts";
import type { Balance, BalanceKey, RecordedEvent, Reservation } from "../src/domain/types.ts";

/**
 * The ledger's writer with memory for a database: commits batches of work, and loads for each batch just what its work
 * says it needs, so that a need left out shows.
 */
export class MemoryLedger {
  readonly log: RecordedEvent[] = [];
  readonly #balances = new Map<string, Balance>();
  readonly #reservations = new Map<string, KeyedReservation>();
  #head: LogHead = { position: 0, hash: new Uint8Array(), recordedAt: 0 };

  /** Commits the work as one batch. */
  commit<Outcome>(batch: readonly Work<Outcome>[], now: number): Outcome[] {
    const books = this.#open(batch.map((work) => work.needs));
    const outcomes = batch.map((work) => work.run(books, now));
    for (const { key, balance } of books.changedBalances) this.#balances.set(balanceId(key), balance);
    for (const keyed of [...books.newReservations, ...books.changedReservations]) {
      this.#reservations.set(reservationKey(keyed.merchantId, keyed.reservationId), keyed);
    }
    this.log.push(...books.events);
    this.#head = books.head;
    return outcomes;
  }

  balance(key: BalanceKey): Balance {
    return this.#balances.get(balanceId(key)) ?? { onHand: 0, reserved: 0 };
  }

  reservation(merchantId: string, reservationId: string): Reservation | undefined {
    return this.#reservations.get(reservationKey(merchantId, reservationId))?.reservation;
  }

  #open(needs: readonly Work<unknown>["needs"][]): WorkingBooks {
    const reservations = needs
      .flatMap((need) => [...need.reservations, ...need.newReservations])
      .flatMap(({ merchantId, reservationId }) =>
        present(this.#reservations.get(reservationKey(merchantId, reservationId))),
      );
    const keys = [
      ...needs.flatMap((need) => need.balances),
      ...reservations.flatMap(({ merchantId, reservation }) =>
        reservation.lines.map((line) => ({ merchantId, ...line })),
      ),
    ];
    const ids = new Set(
      needs.flatMap((need) => need.eventIds).map((id) => JSON.stringify([id.merchantId, id.eventId])),
    );
    const known = keys.flatMap((key) => {
      const balance = this.#balances.get(balanceId(key));
      return balance ? [[balanceId(key), balance] as const] : [];
    });
    return new WorkingBooks(this.#head, new Map(known), {
      reservations,
      recorded: this.log.filter((event) => ids.has(JSON.stringify([event.merchantId, event.eventId]))),
    });
  }
}

function present<T>(found: T | undefined): T[] {
  return found === undefined ? [] : [found];
}

function reservationKey(merchantId: string, reservationId: string): string {
  return JSON.stringify([merchantId, reservationId]);
}
