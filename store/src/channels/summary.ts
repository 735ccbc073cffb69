import type { Queryable } from "../database.ts";
import { TARGET } from "../sync/changed-listing.ts";
import type { ChannelStatus } from "./channels.ts";

/** A channel at a glance. */
export interface ChannelSummary {
  readonly channelId: string;
  readonly merchantId: string;
  readonly kind: string;
  readonly channelKey: string;
  readonly status: ChannelStatus;
  readonly statusReason: string | null;
  readonly ordersPolledAt: Date | null;
  /** What the last daily look found wrong, one sentence each. */
  readonly problems: readonly string[];
  /** Until when the merchant must renew the access, and what; null: nothing is known to end. */
  readonly renewBy: Date | null;
  readonly renewWhat: string | null;
  /** All listings; those that show what they must; those that don't yet; those the channel refused; those that can't be synced. */
  readonly listings: number;
  readonly inSync: number;
  readonly behind: number;
  readonly refused: number;
  readonly unsupported: number;
  /** Over the last hour: calls for a listing that were sent, and ledger commit to accepted, in milliseconds; null: none. */
  readonly pushes: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly lastAcceptedAt: Date | null;
}

/** @param merchantId null: of all merchants. */
export async function summarizeChannels(db: Queryable, merchantId: string | null): Promise<ChannelSummary[]> {
  const { rows } = await db.query<ChannelSummary>(SUMMARY, [merchantId]);
  return rows;
}

const IN_SYNC = `s.shown_quantity is not distinct from ${TARGET}`;

const SUMMARY = `
select c.channel_id as "channelId", c.merchant_id as "merchantId", c.kind, c.channel_key as "channelKey", c.status,
  c.status_reason as "statusReason", c.problems, c.renew_by as "renewBy", c.renew_what as "renewWhat", c.orders_polled_at as "ordersPolledAt", listed.*, pushed.*
from channel c
cross join lateral (
  select count(*) as listings,
    count(*) filter (where l.unsupported is not null) as unsupported,
    count(*) filter (where l.unsupported is null and s.error_code is not null) as refused,
    count(*) filter (where l.unsupported is null and s.error_code is null and s.listing_id is not null and ${IN_SYNC}) as "inSync",
    count(*) filter (where l.unsupported is null and s.error_code is null and s.listing_id is not null and not (${IN_SYNC})) as behind
  from listing l left join sync_state s using (listing_id) where l.channel_id = c.channel_id
) listed
cross join lateral (
  select count(*) as pushes, max(p.answered_at) filter (where p.outcome = 'accepted') as "lastAcceptedAt",
    percentile_cont(0.5) within group (order by extract(epoch from p.answered_at - p.recorded_at)::float8 * 1000)
      filter (where p.outcome = 'accepted') as "p50Ms",
    percentile_cont(0.99) within group (order by extract(epoch from p.answered_at - p.recorded_at)::float8 * 1000)
      filter (where p.outcome = 'accepted') as "p99Ms"
  from push p where p.channel_id = c.channel_id and p.answered_at > now() - interval '1 hour'
) pushed
where $1::text is null or c.merchant_id = $1
order by c.merchant_id, c.channel_key`;
