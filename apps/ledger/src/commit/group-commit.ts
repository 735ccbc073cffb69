import pg from "pg";
import type { Logger } from "@lastunit/config";
import { isDatabaseAway, valueTypes } from "@lastunit/config/postgres";
import { commitBooks } from "./append.ts";
import { openBooks } from "./load.ts";
import type { Work } from "./work.ts";
import type { WorkingBooks } from "./working-books.ts";

/** The ledger can't take the command now; it was not applied, or it is not known whether it was. Repeating is safe. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable";
}

/**
 * The one writer of a ledger process. Work that arrives while a batch is under way forms the next one, which is one
 * transaction: loaded, decided in order, committed, and only then answered.
 *
 * Two batches are under way at most, on one connection that answers in order: while the database commits one, the next
 * is sent behind it to be loaded, so that neither the database nor this process waits for the other.
 *
 *     batch 1   load ▶ decide ▶ commit ▶ answer
 *     batch 2                   load ───▶ decide ▶ commit ▶ answer
 */
export interface GroupCommit {
  /** Resolves after the commit. @throws {LedgerUnavailable} */
  submit<Outcome>(work: Work<Outcome>): Promise<Outcome>;
  /** Lets waiting work finish, then disconnects. */
  close(): Promise<void>;
}

interface Pending<Outcome = unknown> {
  readonly work: Work<Outcome>;
  /** Its batch failed: it gets one of its own, so that a work that can't be done does not fail its neighbours. */
  alone: boolean;
  answer(outcome: Outcome): void;
  fail(error: unknown): void;
}

/** Events one transaction may append: larger ones only make everybody wait longer. */
const BATCH_EVENTS = 2_000;
/** Work that may wait; beyond it, callers are told to come back. */
const WAITING_LIMIT = 20_000;

export function createGroupCommit(options: {
  readonly connectionString: string;
  readonly log: Logger;
  /** Told after each commit that appended, with the log's new end. */
  readonly onCommit: (position: number) => void;
}): GroupCommit {
  const waiting: Pending[] = [];
  let client: pg.Client | undefined;
  /** Takes batches from `waiting` until there are none. */
  let taking: Promise<void> | undefined;
  /** The batch whose commit was sent last. */
  let committing: Promise<void> = Promise.resolve();
  let isLoading = false;
  /** Answers of what is committed, kept back while a batch is loading: the database waits for that one's commit. */
  let answers: (() => void)[] = [];
  let closed = false;

  async function connected(): Promise<pg.Client> {
    const fresh = await connect(options);
    // Lost while idle, as by a restart of the server: the next batch takes a new one rather than fail on this one.
    fresh.once("end", () => {
      if (client === fresh) client = undefined;
    });
    client = fresh;
    return fresh;
  }

  async function takeBatches(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      try {
        await startBatch(client ?? (await connected()), batch);
      } catch (cause) {
        failAll(batch, cause);
      }
    }
    taking = undefined;
  }

  /** Loads, decides and sends the commit. */
  async function startBatch(writer: pg.Client, batch: readonly Pending[]): Promise<void> {
    isLoading = true;
    try {
      const needs = batch.map(({ work }) => work.needs);
      const { books, now } = await openBooks(writer, needs);
      // The batch before failed and took the connection with it.
      if (writer !== client) return void waiting.unshift(...batch);
      const outcomes = batch.map(({ work }) => work.run(books, now));
      const answer = () => batch.forEach((pending, index) => pending.answer(outcomes[index]));
      if (books.events.length > 0) {
        committing = commit(writer, batch, books, answer);
      } else {
        // Nothing was written, so nobody need wait for it. Should the connection be lost, the next batch hears of it.
        writer.query("rollback").catch(() => undefined);
        answers.push(answer);
      }
    } catch (cause) {
      await giveUp(writer, batch, cause);
    } finally {
      isLoading = false;
      giveAnswers();
    }
  }

  async function commit(
    writer: pg.Client,
    batch: readonly Pending[],
    books: WorkingBooks,
    answer: () => void,
  ): Promise<void> {
    try {
      await commitBooks(writer, books);
      options.onCommit(books.head.position);
      answers.push(answer);
      if (!isLoading) giveAnswers();
    } catch (cause) {
      await giveUp(writer, batch, cause);
    }
  }

  function giveAnswers(): void {
    for (const answer of answers) answer();
    answers = [];
  }

  async function giveUp(writer: pg.Client, batch: readonly Pending[], cause: unknown): Promise<void> {
    options.log.error({ err: cause, work: batch.length }, "a batch could not be committed");
    if (client === writer) client = undefined;
    if (isDatabaseAway(cause) || batch.length === 1) failAll(batch, cause);
    else {
      for (const pending of batch) pending.alone = true;
      waiting.unshift(...batch);
      taking ??= takeBatches();
    }
    await writer.end().catch(() => undefined);
  }

  /** Resolves when nothing is taken or committed any more. */
  async function drained(): Promise<void> {
    await taking;
    await committing;
    // A batch whose commit failed is taken again.
    if (taking !== undefined) await drained();
  }

  return {
    submit<Outcome>(work: Work<Outcome>): Promise<Outcome> {
      if (closed) return Promise.reject(new LedgerUnavailable("The ledger is stopping."));
      if (waiting.length >= WAITING_LIMIT)
        return Promise.reject(new LedgerUnavailable("Too many requests are waiting."));
      return new Promise<Outcome>((resolve, reject) => {
        const pending: Pending<Outcome> = { work, alone: false, answer: resolve, fail: reject };
        waiting.push(pending);
        taking ??= takeBatches();
      });
    },
    async close() {
      closed = true;
      await drained();
      await client?.end();
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
    if (count > 0 && (alone || weight > BATCH_EVENTS)) break;
    count += 1;
    if (alone) break;
  }
  return waiting.splice(0, count);
}

async function connect(options: { readonly connectionString: string; readonly log: Logger }): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: "lastunit-ledger-writer",
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    pipeline: true,
    types: valueTypes,
  });
  client.on("error", (error) => options.log.warn({ error: error.message }, "the writer's connection was lost"));
  await client.connect();
  // Every statement here is a handful of index probes; see load.ts.
  await client.query("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off");
  // Such plans are right whatever the tables hold, so each is made once.
  await client.query("set plan_cache_mode = force_generic_plan");
  // A scan that is switched off counts as very costly: where JIT is on, each batch would be compiled first.
  await client.query("set jit = off");
  // A killed ledger's transaction must not keep the head locked.
  await client.query("set idle_in_transaction_session_timeout = '10s'; set lock_timeout = '10s'");
  return client;
}
