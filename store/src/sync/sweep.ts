import type { Queryable } from "../database.ts";
import { CHANGED_LISTING, IS_BEHIND, IS_HELD, PRIORITY, type ChangedListing } from "./changed-listing.ts";

/**
 * Listings that do not show what they must and that nobody is pushing, the most urgent first: at most `limit` of each
 * channel, so that a stuck channel hides no other. Listings the channel refused for good wait for their next change, those
 * that wait for a limit or their revision budget for their time: all that are told might else be such.
 */
export async function listingsBehind(db: Queryable, limit: number): Promise<ChangedListing[]> {
  const { rows } = await db.query<ChangedListing>(BEHIND, [limit]);
  return rows;
}

// Three queries, each of an index of its own (behind, held, leased) and in its order, so that what is read is what is told, with
// statistics and without: as one, joined to the listings, every sweep read all listings of all channels. `now()`, because
// PostgreSQL can't look a volatile `clock_timestamp()` up in an index.
const BEHIND = `
select behind.* from channel c cross join lateral (
  select ${CHANGED_LISTING}
  from (
    (
      select * from sync_state s
      where s.channel_id = c.channel_id and ${IS_BEHIND}
      order by ${PRIORITY}, s.desired_position limit $1
    )
    union all
    (
      select * from sync_state s
      where s.channel_id = c.channel_id and ${IS_HELD} and s.held_until <= now()
      order by s.held_until limit $1
    )
    union all
    (
      select * from sync_state s
      where s.channel_id = c.channel_id and s.push_lease is not null and s.push_leased_until <= now()
        and s.error_code is null and s.can_be_pushed
      order by s.push_leased_until limit $1
    )
  ) s
  order by ${PRIORITY}, s.desired_position
  limit $1
) behind
where c.status = 'active' and c.pushes_inventory
order by behind.priority`;

/**
 * Lets go of units that were found missing on a channel and that no order explains: its orders were polled completely
 * since, and what that recorded was followed. The listings are then behind, and the sweep pushes what they must show.
 *
 * @param options.marginSeconds how much later than the finding the poll must have begun.
 * @param options.followedUntil everything that the ledger had recorded by then was applied; by the store's clock.
 * @returns how many listings.
 */
export async function forgetUnseen(
  db: Queryable,
  { marginSeconds, followedUntil }: { readonly marginSeconds: number; readonly followedUntil: Date },
): Promise<number> {
  const { rowCount } = await db.query(FORGET, [marginSeconds, followedUntil]);
  return rowCount ?? 0;
}

const FORGET = `
with old as materialized (
  select s.listing_id from sync_state s join channel c using (channel_id)
  where s.unseen_units > 0 and s.push_lease is null
    and c.orders_polled_at > s.unseen_since + make_interval(secs => $1) and c.orders_recorded_at <= $2
  order by s.listing_id for update of s
)
-- The push that follows overwrites whatever they were: should their sale be heard after all, it is no longer on show.
update sync_state s set unseen_units = 0, unseen_since = null, blind_at = clock_timestamp()
from old where s.listing_id = old.listing_id`;
