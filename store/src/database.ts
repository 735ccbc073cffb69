import path from "node:path";
import type { Logger } from "@lastunit/config";
import { migrate } from "@lastunit/config/postgres";
import type { ClientBase, Pool, PoolClient } from "pg";

/** A pool, or a client inside a transaction. */
export type Queryable = Pool | ClientBase;

/** Brings the store's database to the newest schema. */
export async function migrateStore(connectionString: string, log: Logger): Promise<void> {
  const directory = path.join(import.meta.dirname, "..", "migrations");
  await migrate({ connectionString, directory, log });
}

/** A query with a time of its own, however long the pool waits for others. */
export function within(timeoutMs: number, text: string, values: readonly unknown[]) {
  return { text, values: [...values], query_timeout: timeoutMs };
}

/** Runs `work` in one transaction; rolls back when it throws. A connection that broke is not given back to the pool. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const breaks = (failure: Error) => {
    broken = failure;
  };
  // The pool listens to idle connections alone; one that is cut between two statements would end the process.
  client.on("error", breaks);
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(breaks);
    throw error;
  } finally {
    client.off("error", breaks);
    client.release(broken);
  }
}
