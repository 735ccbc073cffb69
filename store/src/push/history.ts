import type { Queryable } from "../database.ts";

/** A push that was sent. */
export interface PushRecord {
  readonly quantity: number;
  readonly position: number;
  readonly recordedAt: Date;
  readonly requestedAt: Date;
  readonly answeredAt: Date;
  readonly outcome: "accepted" | "stale" | "rejected" | "retry" | "failed";
  readonly detail: string | null;
}

/** The newest pushes of a listing first. */
export async function listPushes(db: Queryable, listingId: string, limit: number): Promise<PushRecord[]> {
  const { rows } = await db.query<PushRecord>(
    `select quantity, position, recorded_at as "recordedAt", requested_at as "requestedAt", answered_at as "answeredAt",
       outcome, detail
     from push where listing_id = $1 order by push_id desc limit $2`,
    [listingId, limit],
  );
  return rows;
}

/** How a channel was pushed to over the last hour. */
export interface RecentPushes {
  /** Calls for a listing that were sent. */
  readonly pushes: number;
  /** When the newest of them was accepted; null: none was. */
  readonly lastAcceptedAt: Date | null;
}

export async function recentPushes(db: Queryable, channelId: string): Promise<RecentPushes> {
  const { rows } = await db.query<RecentPushes>(
    `select (select count(*) from push where ${RECENTLY}) as pushes,
       (select answered_at from push where ${RECENTLY} and outcome = 'accepted' order by answered_at desc limit 1)
         as "lastAcceptedAt"`,
    [channelId],
  );
  const [row] = rows;
  if (!row) throw new Error("a count returned no row");
  return row;
}

const RECENTLY = "channel_id = $1 and answered_at > now() - interval '1 hour'";

/** Deletes the records of pushes older than that. */
export async function forgetPushes(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query("delete from push where answered_at < now() - make_interval(days => $1)", [olderThanDays]);
}
