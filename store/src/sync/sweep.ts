import type { Queryable } from "../database.ts";
import { CHANGED_LISTING, PRIORITY, TARGET, type ChangedListing } from "./changed-listing.ts";

/**
 * Listings that do not show what they must and that nobody is pushing, the most urgent first: at most `limit` of each
 * channel, so that a stuck channel hides no other. Listings the channel refused for good wait for their next change.
 */
export async function listingsBehind(db: Queryable, limit: number): Promise<ChangedListing[]> {
  const { rows } = await db.query<ChangedListing>(BEHIND, [limit]);
  return rows;
}

// Two queries, each of an index of its own (behind, leased), and `offset 0`: as one, joined to the listings, every sweep
// read all listings of all channels (measured with 40,000: 1,049 ms, as here 113 ms).
const BEHIND = `
select behind.* from channel c cross join lateral (
  select ${CHANGED_LISTING}
  from (
    select * from sync_state s
    where s.channel_id = c.channel_id and s.error_code is null and s.shown_quantity is distinct from ${TARGET}
      and s.push_lease is null
    union all
    select * from sync_state s
    where s.channel_id = c.channel_id and s.error_code is null and s.push_lease is not null
      and s.push_leased_until <= now()
  ) s
  where exists (select from listing l where l.listing_id = s.listing_id and l.unsupported is null offset 0)
  order by ${PRIORITY}, s.desired_position
  limit $1
) behind
where c.status = 'active' and c.pushes_inventory
order by behind.priority`;

/**
 * Lets go of units that were found missing on a channel and that no order explains: its orders were polled completely
 * since. The listings are then behind, and the sweep pushes what they must show.
 *
 * @param marginSeconds how much later than the finding the poll must have begun.
 * @returns how many listings.
 */
export async function forgetUnseen(db: Queryable, marginSeconds: number): Promise<number> {
  const { rowCount } = await db.query(FORGET, [marginSeconds]);
  return rowCount ?? 0;
}

const FORGET = `
with old as materialized (
  select s.listing_id from sync_state s join channel c using (channel_id)
  where s.unseen_units > 0 and s.push_lease is null
    and c.orders_polled_at > s.unseen_since + make_interval(secs => $1)
  order by s.listing_id for update of s
)
-- The push that follows overwrites whatever they were: should their sale be heard after all, it is no longer on show.
update sync_state s set unseen_units = 0, unseen_since = null, blind_at = clock_timestamp()
from old where s.listing_id = old.listing_id`;
