import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@lastunit/config";
import {
  isPgPool,
  PostgresConnection,
  PostgresQueueBackend,
  Queue as PlainQueue,
  runMigrations,
  withBackend,
  Worker as PlainWorker,
  type BackendFactory,
  type PostgresConnectionOptions,
} from "bullmq";
import pg from "pg";
import { workerSettings, type Backend } from "./backend.ts";

const SCHEMA = "bullmq";

/** Connections beside those that workers hold: for adding, taking and finishing jobs. */
const FREE_CONNECTIONS = 12;

/**
 * BullMQ's worker asks again at once after any failure but a refused connection: a schema that is gone or a server that
 * is starting up would have it spin (measured: one core, and gigabytes of log lines, in minutes).
 */
const FAILED_QUERY_MS = 500;

/**
 * The schema was brought up to date when the pool was opened. BullMQ would check it once more for each queue and worker,
 * and where that one check fails, because the server is away just then, all of their queries fail for ever.
 */
class MigratedConnection extends PostgresConnection {
  override async waitUntilReady(): Promise<void> {}
}

const openBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options, told = {}) => {
  const connection = new MigratedConnection(options.connection);
  return new PostgresQueueBackend(connection, name, options, true, told.withBlockingConnection ? name : undefined);
};

const { Queue, Worker } = withBackend(openBackend);

/** A pool whose queries fail slowly. */
class PatientPool extends pg.Pool {
  async ask(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    try {
      return await super.query(text, values);
    } catch (error) {
      await delay(FAILED_QUERY_MS);
      throw error;
    }
  }
}

/** Jobs in PostgreSQL, in the schema `bullmq` of the given database, which is migrated here. One pool for all. */
export async function createPostgresBackend(options: {
  readonly databaseUrl: string;
  readonly log: Logger;
}): Promise<Backend> {
  const pool = new PatientPool({
    connectionString: options.databaseUrl,
    application_name: "lastunit-queues",
    options: `-c search_path=${SCHEMA}`,
    // Without it BullMQ does not trust NOTIFY and polls every 10 s.
    keepAlive: true,
    max: FREE_CONNECTIONS,
    // A pool without a free connection must fail, not hang.
    connectionTimeoutMillis: 10_000,
  });
  // Every queue and worker adds its listeners to the shared pool.
  pool.setMaxListeners(0);
  pool.on("error", (error) => {
    if (!pool.ending) options.log.warn({ error: error.message }, "a database connection was lost");
  });
  // One that breaks while BullMQ has it, between two queries, tells only its own listeners; the next query fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  try {
    await migrate(pool);
  } catch (cause) {
    await pool.end();
    throw cause;
  }
  const connection: unknown = Object.assign(pool, {
    query: (text: string, values?: unknown[]) => pool.ask(text, values),
  });
  if (!isPgPool(connection)) throw new TypeError("BullMQ does not take this version's pg.Pool");

  return {
    kind: "postgres",
    openQueue: (name) => plain(new Queue(name, { connection }), isPlainQueue),
    openWorker(name, processor, concurrency) {
      // A worker keeps one connection to LISTEN for as long as it lives; a pool that does not grow with it hangs.
      pool.options.max += 1;
      const worker = new Worker(name, processor, { connection, concurrency, ...workerSettings });
      worker.once("closed", () => {
        pool.options.max -= 1;
      });
      return plain(worker, isPlainWorker);
    },
    onReconnect: () => undefined,
    close: () => pool.end(),
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
  }
}

// A queue or worker on any backend is one of BullMQ's own classes; only their type parameters name the backend.
const isPlainQueue = (made: unknown): made is PlainQueue => made instanceof PlainQueue;
const isPlainWorker = (made: unknown): made is PlainWorker => made instanceof PlainWorker;

function plain<T>(made: unknown, isPlain: (made: unknown) => made is T): T {
  if (isPlain(made)) return made;
  throw new TypeError("BullMQ's backend classes no longer extend its own");
}
