import os from "node:os";
import type { Queryable } from "../database.ts";

/** The parts that listen nowhere and so tell by heartbeats that they work. */
export type BeatingPart = "hub" | "worker";

/** How often a working part beats, and how old its last beat may be. */
export const HEARTBEAT_EVERY_MS = 5_000;
const HEARTBEAT_ALIVE_MS = 3 * HEARTBEAT_EVERY_MS;

/** Tells that this process's part works. Beats of machines not heard of for a day are forgotten. */
export async function beat(db: Queryable, part: BeatingPart): Promise<void> {
  await db.query(
    `with gone as (delete from heartbeat where beat_at < now() - interval '1 day')
     insert into heartbeat (part, host, beat_at) values ($1, $2, now())
     on conflict (part, host) do update set beat_at = now()`,
    [part, os.hostname()],
  );
}

/** Whether the part works on this machine (in this container), by its last beat. */
export async function isBeating(db: Queryable, part: BeatingPart): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from heartbeat where part = $1 and host = $2 and beat_at > now() - make_interval(secs => $3)`,
    [part, os.hostname(), HEARTBEAT_ALIVE_MS / 1_000],
  );
  return rowCount === 1;
}
