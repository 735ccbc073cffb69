import { ensureDatabase, startEmbeddedPostgres } from "@lastunit/config/postgres";
import { lockDataFolder, makeDataFolder } from "./data-folder.ts";
import type { Setting } from "./parts.ts";

/**
 * Makes the data folder and takes it for this process.
 *
 * @throws with a sentence for people, also when another Lastunit runs on it.
 */
export function claimDataFolder({ environment: { DATA_DIR }, shutdown }: Setting): void {
  makeDataFolder(DATA_DIR);
  const unlock = lockDataFolder(DATA_DIR);
  shutdown.add("data folder", async () => unlock());
}

/** Where the ledger and the store keep their data. */
export interface Databases {
  readonly ledger: string;
  readonly store: string;
}

/** Starts PostgreSQL on the claimed data folder, for the databases that the environment does not name. */
export async function startOwnDatabases({ environment, log, shutdown }: Setting): Promise<Databases> {
  const server = await startEmbeddedPostgres({ dataDir: environment.DATA_DIR, isKeptUp: true, log });
  shutdown.add("databases", () => server.stop());
  const admin = server.connectionString("postgres");
  await ensureDatabase(admin, "ledger");
  await ensureDatabase(admin, "store");
  return {
    ledger: environment.LEDGER_DATABASE_URL ?? server.connectionString("ledger"),
    store: environment.STORE_DATABASE_URL ?? server.connectionString("store"),
  };
}
