import pg from "pg";
import type { Logger } from "../logger.ts";
import { withClient } from "./client.ts";

/**
 * A connection pool. 64-bit integers come back as numbers: positions and quantities stay far below 2^53.
 */
export function createPool(options: {
  readonly connectionString: string;
  /** Shown in pg_stat_activity: `lastunit-hub`. */
  readonly name: string;
  readonly max?: number;
  /** A query that takes longer fails as if the database were away: it hangs. Absent: there is no limit. */
  readonly queryTimeoutMs?: number;
  readonly log: Logger;
}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.name,
    max: options.max ?? 10,
    connectionTimeoutMillis: 5_000,
    ...(options.queryTimeoutMs !== undefined && { query_timeout: options.queryTimeoutMs }),
    // A transaction forgotten by a stuck process must not hold locks for ever.
    idle_in_transaction_session_timeout: 30_000,
    types: valueTypes,
  });
  // An idle connection that breaks (server restarted) is replaced by the pool; without a listener it ends the process.
  pool.on("error", (error) => {
    if (!pool.ending) options.log.warn({ error: error.message }, "a database connection was lost");
  });
  // One that breaks while it is checked out, between two queries, tells only its own listeners; the next query fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

const INT8: number = pg.types.builtins.INT8;

/** How values come back: as `pg` does, but 64-bit integers as numbers. */
export const valueTypes = { getTypeParser: parserFor };

function parserFor(oid: number): (value: string) => unknown {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, "text");
}

/** Makes the database unless it is there. `name` is ours, never a user's. */
export async function ensureDatabase(adminConnectionString: string, name: string): Promise<void> {
  await withClient(adminConnectionString, async (client) => {
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
}
