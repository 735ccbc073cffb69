import type { Environment, Logger } from "@lastunit/config";
import { ensureDatabase, startEmbeddedPostgres } from "@lastunit/config/postgres";
import pg from "pg";

/** Where the ledger and the store keep their data. */
export interface Databases {
  readonly ledgerUrl: string;
  readonly storeUrl: string;
  /** The embedded PostgreSQL's process; undefined when none was started. */
  readonly embeddedPid: number | undefined;
  stop(): Promise<void>;
}

/** One Lastunit per data folder: an arbitrary key of PostgreSQL's advisory locks, which end with their holder. */
const INSTANCE_LOCK = 7_143_021;

/**
 * Takes the databases of the environment; for those it does not name, starts PostgreSQL under the data folder.
 *
 * @throws when another Lastunit runs on that folder.
 */
export async function openDatabases(environment: Environment, log: Logger): Promise<Databases> {
  const { LEDGER_DATABASE_URL, STORE_DATABASE_URL, DATA_DIR } = environment;
  if (LEDGER_DATABASE_URL !== undefined && STORE_DATABASE_URL !== undefined) {
    return {
      ledgerUrl: LEDGER_DATABASE_URL,
      storeUrl: STORE_DATABASE_URL,
      embeddedPid: undefined,
      stop: async () => {},
    };
  }
  const server = await startEmbeddedPostgres({ dataDir: DATA_DIR, log });
  const admin = server.connectionString("postgres");
  const lock = await lockInstance(admin, DATA_DIR, log);
  await ensureDatabase(admin, "ledger");
  await ensureDatabase(admin, "store");
  return {
    ledgerUrl: LEDGER_DATABASE_URL ?? server.connectionString("ledger"),
    storeUrl: STORE_DATABASE_URL ?? server.connectionString("store"),
    embeddedPid: server.pid,
    async stop() {
      await lock.end().catch(() => undefined);
      await server.stop();
    },
  };
}

/** The lock lives as long as its connection: a killed process leaves none behind. */
async function lockInstance(connectionString: string, dataDir: string, log: Logger): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: "lastunit-instance", keepAlive: true });
  client.on("error", (error) => log.warn({ error: error.message }, "the embedded PostgreSQL went away"));
  await client.connect();
  const answer = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1) as locked", [INSTANCE_LOCK]);
  if (answer.rows[0]?.locked === true) return client;
  await client.end();
  throw new Error(
    `Another Lastunit is running on the data folder ${dataDir}. Stop it first, or give this one a folder of its own with DATA_DIR.`,
  );
}
