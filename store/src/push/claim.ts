import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { inTransaction } from "../database.ts";
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
  pool: Pool,
  channelId: string,
  listingIds: readonly string[],
  leaseSeconds: number,
): Promise<Claims> {
  return await inTransaction(pool, async (client) => {
    // Locked in one order by everybody, so that claims, settlements and the follower never wait for each other in a ring.
    const found = await client.query<{ listingId: string; busyUntil: Date | null; mustPush: boolean }>(LOCK, [
      channelId,
      listingIds,
    ]);
    const busy = found.rows.flatMap(({ listingId, busyUntil }) => (busyUntil ? [{ listingId, busyUntil }] : []));
    const free = found.rows.filter((row) => row.mustPush && !row.busyUntil).map((row) => row.listingId);
    if (free.length === 0) return { claimed: [], busy };
    const claimed = await client.query<Omit<ClaimedPush, "listing"> & ListingRef>(CLAIM, [
      free,
      randomUUID(),
      leaseSeconds,
    ]);
    return { claimed: claimed.rows.map(claimOf), busy };
  });
}

const LOCK = `
select s.listing_id as "listingId",
  case when s.push_leased_until > clock_timestamp() then s.push_leased_until end as "busyUntil",
  s.push_lease is not null or s.shown_quantity is distinct from greatest(s.desired_quantity - s.unseen_units, 0) as "mustPush"
from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id
where s.channel_id = $1 and s.listing_id = any($2::uuid[])
  and c.status = 'active' and c.pushes_inventory and l.unsupported is null
order by s.listing_id
for update of s`;

const CLAIM = `
update sync_state s set
  push_lease = $2,
  push_leased_until = clock_timestamp() + make_interval(secs => $3),
  push_disturbed = false,
  shown_quantity = case when s.push_lease is null then s.shown_quantity end,
  push_expected = case when s.push_lease is null then s.shown_quantity end
from listing l
where s.listing_id = any($1::uuid[]) and l.listing_id = s.listing_id
returning s.push_lease as lease, greatest(s.desired_quantity - s.unseen_units, 0) as quantity,
  s.push_expected as expected, s.desired_position as position, s.desired_at as "recordedAt", ${LISTING_REF}`;

function claimOf(row: Omit<ClaimedPush, "listing"> & ListingRef): ClaimedPush {
  const { sku, externalId, externalLocationId, external, ...claim } = row;
  return { ...claim, listing: { listingId: row.listingId, sku, externalId, externalLocationId, external } };
}
