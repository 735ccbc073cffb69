import type { Queryable } from "../database.ts";

/** What went wrong with a channel lately. */
export interface ChannelTroubles {
  /** The newest push of the last hour that was not accepted, and the channel's own words; null: none. */
  readonly lastFailure: { readonly sku: string; readonly at: Date; readonly message: string } | null;
  /** Deliveries that name something no listing is mapped to; they are tried again when one is. */
  readonly unmappedDeliveries: number;
  /** Deliveries about which the channel must be asked, and which wait for it to be connected again. */
  readonly waitingDeliveries: number;
}

export async function findTroubles(db: Queryable, channelId: string): Promise<ChannelTroubles> {
  const failures = db.query<{ sku: string; at: Date; message: string }>(
    `select l.sku, p.answered_at as at, p.detail as message from push p join listing l using (listing_id)
     where p.channel_id = $1 and p.answered_at > now() - interval '1 hour'
       and p.outcome in ('rejected', 'retry', 'failed') and p.detail is not null
     order by p.answered_at desc limit 1`,
    [channelId],
  );
  const [failed, unmappedDeliveries, waitingDeliveries] = await Promise.all([
    failures,
    countDeliveries(db, channelId, "status = 'dead' and error_code = 'unmapped'"),
    countDeliveries(db, channelId, "status = 'waiting'"),
  ]);
  return { lastFailure: failed.rows[0] ?? null, unmappedDeliveries, waitingDeliveries };
}

/** One condition a query: each has an index of its own. */
async function countDeliveries(db: Queryable, channelId: string, condition: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from inbox where channel_id = $1 and ${condition}`,
    [channelId],
  );
  return rows[0]?.n ?? 0;
}
