import type { Queryable } from "../database.ts";

/** What the daily look at a channel found. */
export interface ChannelHealth {
  /** What is wrong and how to mend it, one sentence each. */
  readonly problems: readonly string[];
  /** What the merchant must do by when to keep the access alive; null: nothing is known to end. */
  readonly renewBy: { readonly at: string; readonly what: string } | null;
}

/** A channel whose daily look is due. */
export interface UnlookedChannel {
  readonly channelId: string;
  /** Where the platform was told to send its events; null: nowhere. */
  readonly webhookUrl: string | null;
}

/**
 * A channel that nobody has looked after for so long. Nobody else is given it for `againSeconds`; what the
 * look found, when it is saved, ends the wait for another.
 */
export async function takeUnlooked(
  db: Queryable,
  { everySeconds, againSeconds }: { readonly everySeconds: number; readonly againSeconds: number },
): Promise<UnlookedChannel | undefined> {
  const { rows } = await db.query<UnlookedChannel>(
    `update channel set looked_at = clock_timestamp() - make_interval(secs => $2)
     where channel_id = (
       select channel_id from channel
       where status <> 'needs_reconnect' and looked_at <= clock_timestamp() - make_interval(secs => $1)
       order by looked_at limit 1 for update skip locked)
     returning channel_id as "channelId", webhook_url as "webhookUrl"`,
    [everySeconds, everySeconds - againSeconds],
  );
  return rows[0];
}

/** Has a channel looked after again `againSeconds` from now, whatever was saved of this look. */
export async function lookAgainSoon(
  db: Queryable,
  channelId: string,
  { everySeconds, againSeconds }: { readonly everySeconds: number; readonly againSeconds: number },
): Promise<void> {
  await db.query("update channel set looked_at = clock_timestamp() - make_interval(secs => $2) where channel_id = $1", [
    channelId,
    everySeconds - againSeconds,
  ]);
}

/**
 * Has a channel that has subscriptions looked after at once, unless it was within `againSeconds`.
 * @returns whether its look became due by that.
 */
export async function lookAtOnce(
  db: Queryable,
  channelId: string,
  { everySeconds, againSeconds }: { readonly everySeconds: number; readonly againSeconds: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update channel set looked_at = clock_timestamp() - make_interval(secs => $2)
     where channel_id = $1 and webhook_url is not null
       and looked_at > clock_timestamp() - make_interval(secs => $2)
       and looked_at <= clock_timestamp() - make_interval(secs => $3)`,
    [channelId, everySeconds, againSeconds],
  );
  return rowCount === 1;
}

/** Keeps what a look found, in place of what the last one did. */
export async function saveChannelHealth(db: Queryable, channelId: string, health: ChannelHealth): Promise<void> {
  await db.query(
    `update channel set problems = $2, renew_by = $3, renew_what = $4, looked_at = clock_timestamp() where channel_id = $1`,
    [channelId, JSON.stringify(health.problems), health.renewBy?.at ?? null, health.renewBy?.what ?? null],
  );
}

/** Where the platform was told to send its events. */
export async function saveWebhookUrl(db: Queryable, channelId: string, url: string): Promise<void> {
  await db.query("update channel set webhook_url = $2 where channel_id = $1", [channelId, url]);
}
