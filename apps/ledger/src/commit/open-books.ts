import { lookUp } from "./load.ts";
import { Memory, type Basis, type Mark } from "./memory.ts";
import { inOneWrite } from "./one-write.ts";
import type { Needs } from "./work.ts";
import { WorkingBooks, type ReservationKey } from "./working-books.ts";
import { checkGuard, writeBooks, type Guard } from "./write.ts";
import type { Writer } from "./writer.ts";

/** The books a batch is decided on. */
export interface OpenBooks {
  readonly books: WorkingBooks;
  /** The database's clock, epoch milliseconds: the only clock decisions are made by. */
  readonly now: number;
  /** What the next batch may start from once this one is decided; undefined: it has to lock. */
  readonly memory: Memory | undefined;
  /** Writes what the batch made of the books. False: they were not the log's, and nothing was written. */
  settle(): Promise<boolean>;
}

/** The clock is read once the lock is held: read beside it, it would tell the time before waiting for another process. */
const lockHead = {
  name: "lock-head",
  text: `select position, hash, generation,
      (extract(epoch from greatest(recorded_at, 'epoch')) * 1000)::bigint as recorded_at_ms,
      floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
    from (select * from log_head for update) locked`,
};

interface HeadRow {
  position: number;
  hash: Uint8Array;
  generation: number;
  recorded_at_ms: number;
  now_ms: number;
}

/**
 * Takes the log's head, which serializes writers over all ledger processes, and loads what the work needs. One round trip
 * on a pipelining connection, and one to settle.
 *
 * @param reached the position where this process leaves the log; another one tells that there are other writers.
 */
export async function openLocked(writer: Writer, needs: Needs, reached: number | undefined): Promise<OpenBooks> {
  const { client } = writer;
  const [, head, loaded] = await inOneWrite(client, () =>
    Promise.all([client.query("begin"), client.query<HeadRow>(lockHead), lookUp(client, needs)]),
  );
  const row = head.rows[0];
  if (!row) throw new Error("log_head is empty: the ledger's database is damaged or not migrated");
  const now = row.now_ms;
  const mark: Mark = {
    head: { position: row.position, hash: row.hash, recordedAt: row.recorded_at_ms },
    generation: row.generation,
  };
  const memory = new Memory(mark, now);
  memory.learn(loaded.balances);
  const books = new WorkingBooks(mark.head, memory.balances, loaded);
  return {
    books,
    now,
    memory: reached === undefined || reached === row.position ? memory : undefined,
    async settle() {
      if (books.events.length === 0) {
        // Nothing was written, so nobody need wait for it. Should the connection be lost, the next batch hears of it.
        client.query("rollback").catch(() => undefined);
        return true;
      }
      // A COMMIT after a failed statement succeeds as a rollback, so the write's own answer counts.
      const [at] = await inOneWrite(client, () =>
        Promise.all([writeBooks(writer, { mark, now: null, absent: [] }, books), client.query("commit")]),
      );
      return at !== undefined;
    },
  };
}

/**
 * Takes what is remembered for the books, and looks up only what is not. That they are the log's is made sure of when they
 * are settled: one round trip, and one before it when something must be looked up.
 */
export async function openRemembered(writer: Writer, needs: Needs, { memory, now }: Basis): Promise<OpenBooks> {
  const missing = memory.missing(needs);
  const loaded = isNothing(missing) ? nothing : await lookUp(writer.client, missing);
  memory.learn(loaded.balances);
  const { mark } = memory;
  const books = new WorkingBooks(mark.head, memory.balances, loaded);
  return {
    books,
    now,
    memory,
    async settle() {
      const guard: Guard = { mark, now, absent: stillAbsent(needs.newReservations, books) };
      const at = books.events.length > 0 ? await writeBooks(writer, guard, books) : await checkGuard(writer, guard);
      if (at === undefined) return false;
      memory.setClock(at);
      return true;
    },
  };
}

const nothing = { balances: [], reservations: [], recorded: [] };

function isNothing({ balances, reservations, newReservations, reservedBalances, eventIds }: Needs): boolean {
  return [balances, reservations, newReservations, reservedBalances, eventIds].every((keys) => keys.length === 0);
}

/** Those that were made are kept apart by their key. */
function stillAbsent(expected: readonly ReservationKey[], books: WorkingBooks): ReservationKey[] {
  return expected.filter(({ merchantId, reservationId }) => !books.reservation(merchantId, reservationId));
}
