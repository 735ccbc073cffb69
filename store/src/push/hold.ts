import type { Queryable } from "../database.ts";

/**
 * Holds back the listings of a channel whose pushes spend a limit that is used up: for so long nobody can claim them. A
 * hold is never shortened.
 *
 * @param bucket names the limit.
 */
export async function holdBucket(db: Queryable, channelId: string, bucket: string, holdMs: number): Promise<void> {
  await db.query(
    `insert into push_hold as h (channel_id, bucket, held_until)
     values ($1, $2, clock_timestamp() + make_interval(secs => $3 / 1000.0))
     on conflict (channel_id, bucket) do update set held_until = greatest(h.held_until, excluded.held_until)`,
    [channelId, bucket, holdMs],
  );
}
