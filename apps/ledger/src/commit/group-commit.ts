import { setImmediate } from "node:timers/promises";
import { isDatabaseAway } from "@lastunit/config/postgres";
import type { Memory } from "./memory.ts";
import { openLocked, openRemembered, type OpenBooks } from "./open-books.ts";
import { needsOf, type Work } from "./work.ts";
import type { WorkingBooks } from "./working-books.ts";
import { keepWriter, type Writer, type WriterOptions } from "./writer.ts";

/** The ledger can't take the command now; it was not applied, or it is not known whether it was. Repeating is safe. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable";
}

/**
 * The one writer of a ledger process. Work that arrives while a batch is under way forms the next one, which is one
 * transaction: decided in order, committed, and only then answered.
 *
 * A batch is decided on what this process remembers of the books, and its one statement writes only if they are still so;
 * else, or when nothing is remembered, it is decided again on what it loads under the lock (docs/adr/0010). So two batches
 * can be under way on one connection, and neither the database nor this process waits for the other.
 */
export interface GroupCommit {
  /** Resolves after the commit. @throws {LedgerUnavailable} */
  submit<Outcome>(work: Work<Outcome>): Promise<Outcome>;
  /** Lets waiting work finish, then disconnects. */
  close(): Promise<void>;
}

interface Pending<Outcome = unknown> {
  readonly work: Work<Outcome>;
  /** What was remembered was not so: it is decided under the lock. */
  locked: boolean;
  /** Its batch failed: it gets one of its own, so that a work that can't be done does not fail its neighbours. */
  alone: boolean;
  answer(outcome: Outcome): void;
  fail(error: unknown): void;
}

/** Weight one transaction may have, about one an event: larger ones only make everybody wait longer. */
const BATCH_WEIGHT = 2_000;
/** Batches that may wait for the database at once: it has the next one when it is done with one. */
const UNDER_WAY = 2;
/** Work that may wait; beyond it, callers are told to come back. */
const WAITING_LIMIT = 20_000;

export function createGroupCommit(options: WriterOptions): GroupCommit {
  const { log, head } = options;
  const kept = keepWriter(options);
  const waiting: Pending[] = [];
  /** Takes batches from `waiting` until there are none. */
  let taking: Promise<void> | undefined;
  /** Batches that were decided and wait for the database, oldest first. */
  const settling: Promise<void>[] = [];
  /** As the batch decided last leaves the books, and over which connection that was. */
  let memory: Memory | undefined;
  let memorysWriter: Writer | undefined;
  /** Where the batch decided last leaves the log, if it is committed. */
  let reached: number | undefined;
  let closed = false;

  async function takeBatches(): Promise<void> {
    // Requests that came in together are one batch.
    await setImmediate();
    while (waiting.length > 0) {
      await room();
      const batch = takeBatch(waiting);
      try {
        await startBatch(kept.current ?? (await kept.connected()), batch);
      } catch (cause) {
        failAll(batch, cause);
      }
    }
    taking = undefined;
  }

  async function room(): Promise<void> {
    while (settling.length >= UNDER_WAY) await settling[0];
  }

  /** Decides, and has it settled. */
  async function startBatch(writer: Writer, batch: readonly Pending[]): Promise<void> {
    try {
      const needs = needsOf(batch.map(({ work }) => work.needs));
      // What was under way on a connection that was lost may have been committed or not.
      const isKnown = writer === memorysWriter && !batch.some(({ locked }) => locked);
      const basis = isKnown ? memory?.basis() : undefined;
      const opened = basis ? await openRemembered(writer, needs, basis) : await openLocked(writer, needs, reached);
      // A batch before failed, and maybe took the connection with it.
      if (writer !== kept.current || (basis && basis.memory !== memory)) return void waiting.unshift(...batch);
      const outcomes = batch.map(({ work }) => work.run(opened.books, opened.now));
      memory = opened.memory;
      memory?.follow(opened.books);
      memorysWriter = writer;
      reached = opened.books.head.position;
      const settled = settle(writer, batch, opened, outcomes);
      settling.push(settled);
      void settled.then(() => settling.splice(settling.indexOf(settled), 1));
    } catch (cause) {
      // Only here can it have left a transaction open, and nothing else has been asked since.
      writer.client.query("rollback").catch(() => undefined);
      await giveUp(writer, batch, cause);
    }
  }

  async function settle(
    writer: Writer,
    batch: readonly Pending[],
    opened: OpenBooks,
    outcomes: readonly unknown[],
  ): Promise<void> {
    try {
      if (!(await opened.settle())) return decideAgain(batch);
      tell(writer, opened.books);
      batch.forEach((pending, index) => pending.answer(outcomes[index]));
    } catch (cause) {
      await giveUp(writer, batch, cause);
    }
  }

  function tell(writer: Writer, { events, head: { position } }: WorkingBooks): void {
    // Its connection was lost since: the server that took over may not have got them.
    if (writer === kept.current) head.append(events);
    else head.advance(position);
  }

  /** What was remembered was not so; or an id was taken that nobody remembered. */
  function decideAgain(batch: readonly Pending[]): void {
    memory = undefined;
    for (const pending of batch) pending.locked = true;
    waiting.unshift(...batch);
    taking ??= takeBatches();
  }

  async function giveUp(writer: Writer, batch: readonly Pending[], cause: unknown): Promise<void> {
    memory = undefined;
    const isAway = isDatabaseAway(cause);
    if (isAway || batch.some(({ locked }) => locked)) {
      log.error({ err: cause, work: batch.length }, "a batch could not be committed");
      if (isAway || batch.length === 1) {
        failAll(batch, cause);
        // Alone and under the lock, it may have failed by the connection: that may hold a plan the tables no longer fit.
        return await kept.drop(writer);
      }
      for (const pending of batch) pending.alone = true;
    }
    decideAgain(batch);
  }

  /** Resolves when nothing is taken or committed any more. */
  async function drained(): Promise<void> {
    await taking;
    await Promise.all(settling);
    // A batch that failed is taken again.
    if (taking !== undefined) await drained();
  }

  return {
    submit<Outcome>(work: Work<Outcome>): Promise<Outcome> {
      if (closed) return Promise.reject(new LedgerUnavailable("The ledger is stopping."));
      if (waiting.length >= WAITING_LIMIT)
        return Promise.reject(new LedgerUnavailable("Too many requests are waiting."));
      return new Promise<Outcome>((resolve, reject) => {
        const pending: Pending<Outcome> = { work, locked: false, alone: false, answer: resolve, fail: reject };
        waiting.push(pending);
        taking ??= takeBatches();
      });
    },
    async close() {
      closed = true;
      await drained();
      await kept.close();
    },
  };
}

function failAll(batch: readonly Pending[], cause: unknown): void {
  const error = isDatabaseAway(cause)
    ? new LedgerUnavailable("The ledger's database does not answer. Repeat the request: it is safe.", { cause })
    : cause;
  for (const pending of batch) pending.fail(error);
}

function takeBatch(waiting: Pending[]): Pending[] {
  let weight = 0;
  let count = 0;
  for (const { work, alone } of waiting) {
    weight += work.needs.weight;
    if (count > 0 && (alone || weight > BATCH_WEIGHT)) break;
    count += 1;
    if (alone) break;
  }
  return waiting.splice(0, count);
}
