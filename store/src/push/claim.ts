import { randomUUID } from "node:crypto";
import type { Queryable } from "../database.ts";
import { LISTING_REF, type ListingRef } from "../listings/listing-ref.ts";
import { TARGET } from "../sync/changed-listing.ts";
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
  /** Waiting for the channel's revision budget. */
  readonly held: readonly { readonly listingId: string; readonly heldUntil: Date }[];
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
    claimed: rows.flatMap((row) => (row.lease ? [claimOf(row)] : [])),
    busy: rows.flatMap(({ listingId, busyUntil }) => (busyUntil ? [{ listingId, busyUntil }] : [])),
    held: rows.flatMap(({ listingId, heldUntil: until }) => (until ? [{ listingId, heldUntil: until }] : [])),
  };
}

/** A claim as `CLAIMED` selects it. */
export type FlatClaim = ListingRef & Omit<ClaimedPush, "listing">;

/** What the query gives; only a claimed listing has a lease. */
type ClaimRow = ListingRef & { readonly busyUntil: Date | null; readonly heldUntil: Date | null } & (
    | FlatClaim
    | { readonly lease: null }
  );

/** The columns of a claim, from its `sync_state s` and `listing l`. */
export const CLAIMED = `s.push_lease as lease, ${TARGET} as quantity, s.push_expected as expected,
  s.desired_position as position, s.desired_at as "recordedAt", ${LISTING_REF}`;

/** Whether `sync_state s` does not show its target, or may not: a claim ran out. */
export const MUST_PUSH = `(s.push_lease is not null or s.shown_quantity is distinct from ${TARGET})`;

// Locked in one order by everybody, so that claims, settlements and the follower never wait for each other in a ring.
const CLAIM = `
with locked as materialized (
  select s.listing_id,
    case when s.push_leased_until > clock_timestamp() then s.push_leased_until end as busy_until,
    ${MUST_PUSH} as must_push,
    exists (select from feed f where f.feed_id = s.push_lease) as is_in_feed, ${heldUntil(TARGET)} as held_until
  from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id ${JOIN_BUDGET}
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
  where s.listing_id = locked.listing_id and must_push and not is_in_feed and busy_until is null and held_until is null
  returning s.*
)
select k.busy_until as "busyUntil", k.held_until as "heldUntil", ${CLAIMED}
from locked k
left join claimed s using (listing_id)
join listing l on l.listing_id = k.listing_id
where k.must_push and not k.is_in_feed`;

export function claimOf(row: FlatClaim): ClaimedPush {
  const { listingId, lease, quantity, expected, position, recordedAt } = row;
  const { sku, externalId, externalLocationId, external } = row;
  const listing = { listingId, sku, externalId, externalLocationId, external };
  return { listingId, lease, listing, quantity, expected, position, recordedAt };
}
