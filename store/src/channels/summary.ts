import type { Queryable } from "../database.ts";
import { IS_BEHIND, TARGET } from "../sync/changed-listing.ts";
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
  /**
   * All listings; those that show what they must; those that don't yet; those the channel refused; those that can't be
   * synced. The ledger has not heard of the others' SKUs.
   */
  readonly listings: number;
  readonly inSync: number;
  readonly behind: number;
  readonly refused: number;
  readonly unsupported: number;
}

/** @param merchantId null: of all merchants. */
export async function summarizeChannels(db: Queryable, merchantId: string | null): Promise<ChannelSummary[]> {
  const whose = "$1::text is null or c.merchant_id = $1";
  const { rows } = await db.query<ChannelSummary>(summaryOf(whose), [merchantId]);
  return rows;
}

/** One channel's; undefined when there is no such channel. */
export async function summarizeChannel(db: Queryable, channelId: string): Promise<ChannelSummary | undefined> {
  const { rows } = await db.query<ChannelSummary>(summaryOf("c.channel_id = $1"), [channelId]);
  return rows[0];
}

// Each count reads an index of its own, which holds little but what is counted; what is in sync, nearly all, is the rest.
// A join of all listings with what they show took 0.5 s with 200,000 of them, and most of that for the join.
function summaryOf(condition: string): string {
  return `
select c.channel_id as "channelId", c.merchant_id as "merchantId", c.kind, c.channel_key as "channelKey", c.status,
  c.status_reason as "statusReason", c.problems, c.renew_by as "renewBy", c.renew_what as "renewWhat",
  c.orders_polled_at as "ordersPolledAt", listings, unsupported, refused, unclaimed + claimed as behind,
  -- While the stock view is rebuilt an import may find that a listing can't be synced before sync_state knows.
  greatest(listings - unsupported - unheard - refused - unclaimed - claimed, 0) as "inSync"
from channel c
cross join lateral (select count(*) as listings from listing l where l.channel_id = c.channel_id) all_listings
cross join lateral (
  select count(*) as unsupported from listing l where l.channel_id = c.channel_id and l.unsupported is not null
) unsupported_ones
cross join lateral (
  select count(*) as unheard from unheard_listing u where u.channel_id = c.channel_id and u.can_be_pushed
) unheard_ones
cross join lateral (
  select count(*) as refused from sync_state s
  where s.channel_id = c.channel_id and s.error_code is not null and s.can_be_pushed
) refused_ones
cross join lateral (
  select count(*) as unclaimed from sync_state s where s.channel_id = c.channel_id and ${IS_BEHIND}
) unclaimed_ones
cross join lateral (
  select count(*) as claimed from sync_state s
  where s.channel_id = c.channel_id and s.push_lease is not null and s.error_code is null and s.can_be_pushed
    and s.shown_quantity is distinct from ${TARGET}
) claimed_ones
where ${condition}
order by c.merchant_id, c.channel_key`;
}
