import { randomUUID } from "node:crypto";
import type { Queryable } from "../database.ts";
import { CLAIMED, claimOf, type ClaimedPush, type FlatClaim } from "./claim.ts";

/** A failed reading back is tried again after this. */
const AGAIN_SECONDS = 60;

/**
 * Claims listings whose channel had the time to show what it accepted, or whose number is in doubt, for reading them. Settle those that show
 * something else as `stale`, confirm the others.
 */
export async function claimUnconfirmed(
  db: Queryable,
  channelId: string,
  limit: number,
  leaseSeconds: number,
): Promise<ClaimedPush[]> {
  const { rows } = await db.query<FlatClaim>(CLAIM_UNCONFIRMED, [
    channelId,
    randomUUID(),
    limit,
    leaseSeconds,
    AGAIN_SECONDS,
  ]);
  return rows.map(claimOf);
}

// `now()`: PostgreSQL can't look a volatile `clock_timestamp()` up in an index, and read all that wait to be confirmed.
const CLAIM_UNCONFIRMED = `
with due as materialized (
  select s.listing_id from sync_state s join channel c using (channel_id)
  where s.channel_id = $1 and s.confirm_at <= now() and s.push_lease is null and s.shown_quantity is not null
    and c.status = 'active'
  order by s.confirm_at limit $3
  for update of s skip locked
), claimed as (
  update sync_state s set push_lease = $2, push_leased_until = clock_timestamp() + make_interval(secs => $4),
    push_disturbed = false, push_expected = s.shown_quantity,
    confirm_at = clock_timestamp() + make_interval(secs => $5)
  from due where s.listing_id = due.listing_id
  returning s.*
)
select ${CLAIMED} from claimed s join listing l using (listing_id)`;

/**
 * The channel shows what it was believed to: the claims end and nothing is left to confirm. Of what was in doubt, which all is
 * where a channel applies at once, it may be so by chance, when a sale and the channel's own doing undid each other: `blind_at`
 * says that a sale from before is in the number, whenever it is heard.
 *
 * @param readAt when the channel had told.
 */
export async function confirmShown(
  db: Queryable,
  claims: readonly { readonly listingId: string; readonly lease: string }[],
  readAt: Date,
): Promise<void> {
  await db.query(
    `update sync_state s set push_lease = null, push_leased_until = null, push_expected = null, push_disturbed = false,
       shown_quantity = case when s.push_disturbed then null else s.shown_quantity end,
       -- Claiming put it off: it is due again where the listing was doubted since.
       confirm_at = case when s.confirm_at <= clock_timestamp() then s.confirm_at end,
       blind_at = case when c.applies_within_ms = 0 then $3 else s.blind_at end
     from unnest($1::uuid[], $2::uuid[]) as claim(listing_id, lease), channel c
     where s.listing_id = claim.listing_id and s.push_lease = claim.lease and c.channel_id = s.channel_id`,
    [claims.map((one) => one.listingId), claims.map((one) => one.lease), readAt],
  );
}
