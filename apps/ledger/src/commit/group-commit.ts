import pg from "pg";
import type { Logger } from "@lastunit/config";
import { isDatabaseAway, valueTypes } from "@lastunit/config/postgres";
import { commitBooks } from "./append.ts";
import { openBooks } from "./load.ts";
import type { Work } from "./work.ts";

/** The ledger can't take the command now; it was not applied, or it is not known whether it was. Repeating is safe. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable";
}

/**
 * The one writer of a ledger process. Work that arrives while a transaction is in flight forms the next one: the batch
 * is loaded, decided in order and committed once, and only then is anyone answered.
 *
 * Idle ─ submit ─▶ running: take a batch ▶ commit ▶ answer ▶ (more waiting? again : idle)
 */
export interface GroupCommit {
  /** Resolves after the commit. @throws {LedgerUnavailable} */
  submit<Outcome>(work: Work<Outcome>): Promise<Outcome>;
  /** Lets waiting work finish, then disconnects. */
  close(): Promise<void>;
}

interface Pending<Outcome = unknown> {
  readonly work: Work<Outcome>;
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
  let running: Promise<void> | undefined;
  let closed = false;

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    const fresh = await connect(options);
    // Lost while idle, as by a restart of the server: the next batch takes a new one rather than fail on this one.
    fresh.once("end", () => {
      if (client === fresh) client = undefined;
    });
    client = fresh;
    return fresh;
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) await commitBatch(takeBatch(waiting));
    running = undefined;
  }

  async function commitBatch(batch: readonly Pending[]): Promise<void> {
    try {
      await runBatch(await connected(), batch, options.onCommit);
    } catch (cause) {
      await client?.end().catch(() => undefined);
      client = undefined;
      options.log.error({ err: cause, work: batch.length }, "a batch could not be committed");
      if (isDatabaseAway(cause)) return failAll(batch, away(cause));
      const [first, ...others] = batch;
      if (others.length === 0) return first?.fail(cause);
      // One work that can't be done must not fail its neighbours.
      for (const one of batch) await commitBatch([one]);
    }
  }

  return {
    submit<Outcome>(work: Work<Outcome>): Promise<Outcome> {
      if (closed) return Promise.reject(new LedgerUnavailable("The ledger is stopping."));
      if (waiting.length >= WAITING_LIMIT)
        return Promise.reject(new LedgerUnavailable("Too many requests are waiting."));
      return new Promise<Outcome>((resolve, reject) => {
        const pending: Pending<Outcome> = { work, answer: resolve, fail: reject };
        waiting.push(pending);
        running ??= run();
      });
    },
    async close() {
      closed = true;
      await running;
      await client?.end();
    },
  };
}

function failAll(batch: readonly Pending[], error: unknown): void {
  for (const pending of batch) pending.fail(error);
}

function away(cause: unknown): LedgerUnavailable {
  return new LedgerUnavailable("The ledger's database does not answer. Repeat the request: it is safe.", { cause });
}

function takeBatch(waiting: Pending[]): Pending[] {
  let weight = 0;
  let count = 0;
  for (const { work } of waiting) {
    weight += work.needs.weight;
    if (count > 0 && weight > BATCH_EVENTS) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function runBatch(
  client: pg.Client,
  batch: readonly Pending[],
  onCommit: (position: number) => void,
): Promise<void> {
  const { books, now } = await openBooks(
    client,
    batch.map(({ work }) => work.needs),
  );
  const outcomes = batch.map(({ work }) => work.run(books, now));
  if (books.events.length > 0) {
    await commitBooks(client, books);
    onCommit(books.head.position);
  } else {
    await client.query("rollback");
  }
  for (const [index, pending] of batch.entries()) pending.answer(outcomes[index]);
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
  // A killed ledger's transaction must not keep the head locked.
  await client.query("set idle_in_transaction_session_timeout = '10s'; set lock_timeout = '10s'");
  return client;
}
