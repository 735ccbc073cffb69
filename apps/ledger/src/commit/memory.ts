import type { Balance } from "../domain/types.ts";
import type { Needs } from "./work.ts";
import { balanceId, type KeyedBalance, type LogHead, type WorkingBooks } from "./working-books.ts";

/** Where the log's head was; while it is there, nobody has changed the books. */
export interface Mark {
  readonly head: LogHead;
  /** Counts the corrections made beside the log. */
  readonly generation: number;
}

/** What is remembered, and the database's clock in epoch milliseconds. */
export interface Basis {
  readonly memory: Memory;
  readonly now: number;
}

/** Beyond it all are forgotten; some 20 MB. */
const BALANCES = 100_000;

/** How long the database's clock is carried on by this process's own. */
export const CLOCK_TRUST_MS = 1_000;

/**
 * What a ledger process knows of the books after the batch it decided last. True while the log's head is where that batch
 * put it, which the next batch's write makes sure of (docs/adr/0010).
 */
export class Memory {
  readonly #balances = new Map<string, Balance>();
  #mark: Mark;
  #clock: { readonly database: number; readonly here: number };

  /** @param now the database's clock in epoch milliseconds. */
  constructor(mark: Mark, now: number) {
    this.#mark = mark;
    this.#clock = { database: now, here: Date.now() };
  }

  get mark(): Mark {
    return this.#mark;
  }

  get balances(): ReadonlyMap<string, Balance> {
    return this.#balances;
  }

  /** What a batch can be decided on now; undefined when the database's clock was not heard of lately. */
  basis(): Basis | undefined {
    const since = Date.now() - this.#clock.here;
    return since >= 0 && since <= CLOCK_TRUST_MS ? { memory: this, now: this.#clock.database + since } : undefined;
  }

  /** To be told of each answer's. */
  setClock(database: number): void {
    this.#clock = { database, here: Date.now() };
  }

  /** What must be looked up before the work can be decided. That there are no `newReservations` is believed. */
  missing(needs: Needs): Needs {
    const balances = needs.balances.filter((key) => !this.#balances.has(balanceId(key)));
    return { ...needs, balances, newReservations: [] };
  }

  learn(balances: Iterable<KeyedBalance>): void {
    for (const { key, balance } of balances) this.#balances.set(balanceId(key), balance);
  }

  /** Takes over what a batch has made of the books. */
  follow(books: WorkingBooks): void {
    if (this.#balances.size > BALANCES) this.#balances.clear();
    this.learn(books.changedBalances);
    this.#mark = { ...this.#mark, head: books.head };
  }
}
