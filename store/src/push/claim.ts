import { randomUUID } from "node:crypto";
import type { Queryable } from "../database.ts";
import { LISTING_REF, type ListingRef } from "../listings/listing-ref.ts";
import { IS_BEHIND, PRIORITY, TARGET } from "../sync/changed-listing.ts";
import { heldUntil, JOIN_BUDGET } from "./revisions.ts";

/** Leave to push one listing, until it is settled or `leaseSeconds` have passed. */
export interface ClaimedPush {
  readonly listingId: string;
  /** Names this claim; settle with it. */
  readonly lease: string;
  readonly listing: ListingRef;
  /** The newest target: what the listing must show, less what was sold there unseen. */
  readonly quantity: number;
  /** What the listing is believed to show; null: unknown, the push is then a full one. */
  readonly expected: number | null;
  /** The ledger position the quantity is based on, and when the ledger recorded the event at it. */
  readonly position: number;
  readonly recordedAt: Date;
}

export interface Claims {
  readonly claimed: readonly ClaimedPush[];
  /** Being pushed by somebody else; look again then. Listings in no list show their target already, or are in a feed. */
  readonly busy: readonly { readonly listingId: string; readonly busyUntil: Date }[];
  /** Waiting for a limit of the channel, or for their revision budget. */
  readonly held: readonly { readonly listingId: string; readonly heldUntil: Date }[];
  /** Could be claimed as well, but were more than `atMost`. */
  readonly left: readonly string[];
}

/** Whose pushes spend one of a channel's limits of these names, or none of these. */
export type Buckets = { readonly among: readonly string[] } | { readonly notAmong: readonly string[] };

/**
 * Claims the listings of a channel that do not show their target. At most one claim a listing holds at a time. Nothing
 * is claimed while the channel is not active. A claim that ran out without being settled may or may not have written:
 * the next claim then expects nothing.
 *
 * @param leaseSeconds longer than the deadline of the call.
 * @param options.atMost claims that many, by what they must show now: sold out first, then decreases, else as given.
 * @param options.soldOutToo among them listings that nobody asked for: sold out, and not pushed since.
 * @param options.buckets claims those alone.
 */
export async function claimPushes(
  db: Queryable,
  channelId: string,
  listingIds: readonly string[],
  leaseSeconds: number,
  options: { readonly atMost: number; readonly soldOutToo: boolean; readonly buckets: Buckets },
): Promise<Claims> {
  const { atMost, soldOutToo, buckets } = options;
  const isAmong = "among" in buckets;
  const names = isAmong ? buckets.among : buckets.notAmong;
  const soldOutLook = soldOutToo ? SOLD_OUT_LOOK : 0;
  const asked = [channelId, listingIds, randomUUID(), leaseSeconds, atMost, soldOutLook, names, isAmong];
  const { rows } = await db.query<ClaimRow>(CLAIM, asked);
  const told = rows.flatMap((row) => row.told ?? []);
  return {
    claimed: rows.flatMap((row) => (row.lease ? [claimOf(row)] : [])),
    busy: told.flatMap(({ id, busy }) => (busy ? [{ listingId: id, busyUntil: new Date(busy) }] : [])),
    held: told.flatMap(({ id, held }) => (held ? [{ listingId: id, heldUntil: new Date(held) }] : [])),
    left: told.flatMap(({ id, busy, held }) => ((busy ?? held) ? [] : [id])),
  };
}

/** Of the listings that sold out last, so many are looked at: the others were pushed before, or have jobs that wait. */
const SOLD_OUT_LOOK = 200;

/** A claim as `CLAIMED` selects it. */
export type FlatClaim = ListingRef & Omit<ClaimedPush, "listing">;

/** What the query gives: a row of each listing that is claimed, and one that tells of all others that must be pushed. */
type ClaimRow = (ListingRef & (FlatClaim | { readonly lease: null })) & {
  readonly told: readonly { readonly id: string; readonly busy: string | null; readonly held: string | null }[] | null;
};

/** The columns of a claim, from its `sync_state s` and `listing l`. */
export const CLAIMED = `s.push_lease as lease, ${TARGET} as quantity, s.push_expected as expected,
  s.desired_position as position, s.desired_at as "recordedAt", ${LISTING_REF}`;

/** Whether `sync_state s` does not show its target, or may not: a claim ran out. */
export const MUST_PUSH = `(s.push_lease is not null or s.shown_quantity is distinct from ${TARGET})`;

const BUSY_UNTIL = "case when s.push_leased_until > clock_timestamp() then s.push_leased_until end";
const IS_OF_BUCKETS = "(s.push_bucket = any($7::text[])) = $8";
/** What is held is looked at again then at the latest: the budget may be raised. */
const LONGEST_HELD = "interval '15 minutes'";
/** A listing in a feed is the feed's. */
const MAY_PUSH = `${MUST_PUSH} and not exists (select from feed f where f.feed_id = s.push_lease)`;

/** One row of `push`, however often `lately` was pushed. */
const LAST_PUSHED =
  "select p.position from push p where p.listing_id = lately.listing_id order by p.push_id desc limit 1";

// Chosen without a lock, then locked in one order by everybody and looked at again, so that claims, settlements and the
// follower never wait for each other in a ring. `limit 1`: each listing is looked up by its key, also before the tables
// were analyzed; else all listings of all channels are read.
const CLAIM = `
with asked as (
  select * from unnest($2::uuid[]) with ordinality as q(listing_id, nth)
  union all
  select lately.listing_id, 0 from (
    select * from sync_state s where s.channel_id = $1 and ${IS_BEHIND} and ${PRIORITY} = 1 and ${IS_OF_BUCKETS}
    order by s.desired_position desc limit $6
  ) lately
  where listing_id <> all($2) and lately.desired_position > coalesce((${LAST_PUSHED}), -1)
), looked as materialized (
  select a.nth, k.* from asked a cross join lateral (
    select s.listing_id, ${PRIORITY} as priority, ${TARGET} as target, ${BUSY_UNTIL} as busy_until,
      greatest(${heldUntil(TARGET)}, h.held_until) as held_until, s.held_until > clock_timestamp() as is_noted
    from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id ${JOIN_BUDGET}
    left join push_hold h on h.channel_id = s.channel_id and h.bucket = s.push_bucket and h.held_until > clock_timestamp()
    where s.listing_id = a.listing_id and s.channel_id = $1 and ${MAY_PUSH} and ${IS_OF_BUCKETS}
      and c.status = 'active' and c.pushes_inventory and l.unsupported is null
    limit 1
  ) k
), chosen as materialized (
  select listing_id from looked where busy_until is null and held_until is null order by priority, nth limit $5
), held as materialized (
  select distinct on (listing_id) listing_id, target, held_until from looked
  where busy_until is null and held_until is not null and is_noted is not true
), locked as materialized (
  select s.listing_id, ${TARGET} as target, ${BUSY_UNTIL} as busy_until, ${MAY_PUSH} as may_push
  from sync_state s where s.listing_id in (select listing_id from chosen union all select listing_id from held)
  order by s.listing_id
  for update of s
), claimed as (
  update sync_state s set
    push_lease = $3,
    push_leased_until = clock_timestamp() + make_interval(secs => $4),
    push_disturbed = false,
    held_until = null,
    shown_quantity = case when s.push_lease is null then s.shown_quantity end,
    push_expected = case when s.push_lease is null then s.shown_quantity end
  from locked
  where s.listing_id = locked.listing_id and may_push and busy_until is null
    and s.listing_id in (select listing_id from chosen)
  returning s.*
), noted as (
  update sync_state s set held_until = least(held.held_until, clock_timestamp() + ${LONGEST_HELD})
  from locked join held using (listing_id)
  where s.listing_id = locked.listing_id and may_push and busy_until is null and locked.target = held.target
), told as (
  select listing_id, busy_until, null::timestamptz as held_until from locked
  where may_push and busy_until is not null and listing_id in (select listing_id from chosen)
  union all
  select listing_id, busy_until, held_until from looked
  where nth > 0 and listing_id not in (select listing_id from chosen)
)
select null::json as told, ${CLAIMED} from claimed s join listing l using (listing_id)
union all
select k.told, ${CLAIMED}
from (select json_agg(json_build_object('id', listing_id, 'busy', busy_until, 'held', held_until)) as told from told) k
left join sync_state s on false left join listing l on false`;

export function claimOf(row: FlatClaim): ClaimedPush {
  const { listingId, lease, quantity, expected, position, recordedAt } = row;
  const { sku, externalId, externalLocationId, external } = row;
  const listing = { listingId, sku, externalId, externalLocationId, external };
  return { listingId, lease, listing, quantity, expected, position, recordedAt };
}
