import { randomUUID } from "node:crypto";
import type { Queryable } from "../database.ts";
import { LISTING_REF, type ListingRef } from "../listings/listing-ref.ts";

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
  /** Being pushed by somebody else; look again then. Listings in neither list show their target already. */
  readonly busy: readonly { readonly listingId: string; readonly busyUntil: Date }[];
}

/**
 * Claims the listings of a channel that do not show their target. At most one claim a listing holds at a time. Nothing
 * is claimed while the channel is not active. A claim that ran out without being settled may or may not have written:
 * the next claim then expects nothing.
 *
 * @param leaseSeconds longer than the deadline of the call.
 */
export async function claimPushes(
  db: Queryable,
  channelId: string,
  listingIds: readonly string[],
  leaseSeconds: number,
): Promise<Claims> {
  const { rows } = await db.query<ClaimRow>(CLAIM, [channelId, listingIds, randomUUID(), leaseSeconds]);
  return {
    claimed: rows.flatMap((row) => (row.busyUntil ? [] : [claimOf(row)])),
    busy: rows.flatMap(({ listingId, busyUntil }) => (busyUntil ? [{ listingId, busyUntil }] : [])),
  };
}

/** What the query gives; a busy listing has no claim. */
type ClaimRow = ListingRef &
  (({ readonly busyUntil: null } & Omit<ClaimedPush, "listing">) | { readonly busyUntil: Date });

// Locked in one order by everybody, so that claims, settlements and the follower never wait for each other in a ring.
const CLAIM = `
with locked as materialized (
  select s.listing_id,
    case when s.push_leased_until > clock_timestamp() then s.push_leased_until end as busy_until,
    s.push_lease is not null or s.shown_quantity is distinct from greatest(s.desired_quantity - s.unseen_units, 0) as must_push
  from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id
  where s.channel_id = $1 and s.listing_id = any($2::uuid[])
    and c.status = 'active' and c.pushes_inventory and l.unsupported is null
  order by s.listing_id
  for update of s
), claimed as (
  update sync_state s set
    push_lease = $3,
    push_leased_until = clock_timestamp() + make_interval(secs => $4),
    push_disturbed = false,
    shown_quantity = case when s.push_lease is null then s.shown_quantity end,
    push_expected = case when s.push_lease is null then s.shown_quantity end
  from locked
  where s.listing_id = locked.listing_id and locked.must_push and locked.busy_until is null
  returning s.*
)
select k.busy_until as "busyUntil", s.push_lease as lease,
  greatest(s.desired_quantity - s.unseen_units, 0) as quantity, s.push_expected as expected,
  s.desired_position as position, s.desired_at as "recordedAt", ${LISTING_REF}
from locked k
left join claimed s using (listing_id)
join listing l on l.listing_id = k.listing_id
where s.listing_id is not null or k.busy_until is not null`;

function claimOf(row: ListingRef & Omit<ClaimedPush, "listing">): ClaimedPush {
  const { listingId, lease, quantity, expected, position, recordedAt } = row;
  const { sku, externalId, externalLocationId, external } = row;
  const listing = { listingId, sku, externalId, externalLocationId, external };
  return { listingId, lease, listing, quantity, expected, position, recordedAt };
}
