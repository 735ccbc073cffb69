import type { Queryable } from "../database.ts";
import { CHANGED_LISTING, type ChangedListing } from "../sync/changed-listing.ts";

/**
 * What a listing shows is in doubt: its number may have moved without a sale or a push. It is read before the next push.
 *
 * @returns the listing, when it is known and can be pushed: enqueue it.
 */
export async function doubtShown(
  db: Queryable,
  channelId: string,
  listing: { readonly externalId: string; readonly externalLocationId: string | null },
): Promise<ChangedListing[]> {
  const { rows } = await db.query<ChangedListing>(DOUBT, [
    channelId,
    listing.externalId,
    listing.externalLocationId ?? "",
  ]);
  return rows;
}

const DOUBT = `
update sync_state s set shown_quantity = null, push_disturbed = s.push_lease is not null or s.push_disturbed
from listing l
where l.listing_id = s.listing_id and l.channel_id = $1 and l.external_id = $2 and l.external_location_id = $3
  and l.unsupported is null
returning ${CHANGED_LISTING}`;
