import pg from "pg";

/** 16 MB each; more than the longest of the usual runs fills between two checkpoints. */
const SEGMENTS = 64;
const SEGMENT_MB = 16;

/**
 * Has the server make files of its write-ahead log, and keep them for use again, as one has that ran for a while. On a new
 * server a commit waits 15 to 20 ms for each of them, whoever writes more waits more often, and a run of some seconds shows
 * little else in its p99.
 */
export async function writeWalAhead(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`alter system set min_wal_size = '${SEGMENTS * SEGMENT_MB}MB'`);
    await client.query("select pg_reload_conf()");
    await client.query(
      "select pg_logical_emit_message(false, 'bench', repeat('x', 1000000)) from generate_series(1, $1::int)",
      [SEGMENTS * SEGMENT_MB],
    );
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}
