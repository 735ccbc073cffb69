import type { Pool } from "pg";
import { inTransaction, type Queryable } from "../database.ts";

/** How far the hub has followed the log. */
export interface Checkpoint {
  readonly position: number;
  /** Of the log's event at the position, hex; null: none was followed since the store began anew, or came to know hashes. */
  readonly hash: string | null;
  /** A rebuild replays up to here without telling anybody. */
  readonly quietUntil: number;
  /** When it was read, by the store's clock. */
  readonly readAt: Date;
}

/** The last position of the log that was applied; 0: none. */
export async function currentPosition(db: Queryable): Promise<number> {
  return (await currentCheckpoint(db)).position;
}

/** How far the log was applied, and by which event it is known. */
export async function currentCheckpoint(db: Queryable): Promise<Checkpoint> {
  return await readCheckpoint(db, "");
}

/** Makes other followers, and whoever works out desired quantities, wait for this transaction. */
export async function lockCheckpoint(db: Queryable): Promise<Checkpoint> {
  return await readCheckpoint(db, "for update");
}

/** Keeps the stock view as it is until this transaction ends. */
export async function holdCheckpoint(db: Queryable): Promise<Checkpoint> {
  return await readCheckpoint(db, "for share");
}

async function readCheckpoint(db: Queryable, lock: "" | "for update" | "for share"): Promise<Checkpoint> {
  const { rows } = await db.query<Checkpoint>(
    `select position, encode(hash, 'hex') as hash, quiet_until as "quietUntil", clock_timestamp() as "readAt"
     from checkpoint where name = 'hub' ${lock}`,
  );
  const [row] = rows;
  if (!row) throw new Error("the store has no checkpoint: its migrations were not run");
  return row;
}

/**
 * Forgets every balance, so that the follower replays the log from its beginning. Channels, listings and what they are
 * believed to show stay; up to where the log had been followed nothing is pushed or counted twice, and when the replay
 * has got there every listing is worked out anew.
 *
 * @param logEnd for a ledger that was restored from an older backup: the last position of its log. What comes after is
 *   news, though the lost log had been followed further.
 */
export async function rebuildFromLog(pool: Pool, logEnd: number | null = null): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockCheckpoint(client);
    await client.query("delete from stock_view");
    await client.query(
      `update checkpoint set quiet_until = least(greatest(quiet_until, position), $1::bigint), position = 0, hash = null,
         updated_at = now() where name = 'hub'`,
      [logEnd],
    );
  });
}
