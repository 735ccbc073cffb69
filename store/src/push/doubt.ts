import type { Queryable } from "../database.ts";
import { CHANGED_LISTING, TARGET, type ChangedListing } from "../sync/changed-listing.ts";
import type { OpenFeed } from "./feeds.ts";
import { NEARLY_EMPTY_UNITS } from "./revisions.ts";

/** A listing as a channel names it. */
interface NamedListing {
  readonly externalId: string;
  readonly externalLocationId: string | null;
}

/** Of `sync_state s`: nobody knows what it shows, nor what a push that is under way makes of it. */
const UNKNOWN = "shown_quantity = null, push_disturbed = s.push_lease is not null or s.push_disturbed";

/** @param chosen joins to, and conditions on, `sync_state s`. */
const makeUnknown = (chosen: string) => `
with locked as materialized (
  select s.listing_id from sync_state s ${chosen} order by s.listing_id for update of s
)
update sync_state s set ${UNKNOWN} from locked where s.listing_id = locked.listing_id`;

const named = (channelId: string, { externalId, externalLocationId }: NamedListing) => [
  channelId,
  externalId,
  externalLocationId ?? "",
];

/**
 * What a listing shows is in doubt: its number may have moved without a sale or a push. It is read soon
 * (`claimUnconfirmed`). Until then it is believed as before, for only against that can the read tell what was sold there
 * and not heard of yet.
 */
export async function doubtShown(db: Queryable, channelId: string, listing: NamedListing): Promise<void> {
  await db.query(DOUBT, named(channelId, listing));
}

const DOUBT = `
update sync_state s set confirm_at = least(s.confirm_at, clock_timestamp())
from listing l
where l.listing_id = s.listing_id and l.channel_id = $1 and l.external_id = $2 and l.external_location_id = $3
  and l.unsupported is null`;

/**
 * A listing shows no number any more: the next push is a full one.
 *
 * @returns the listing, when it is known and can be pushed: enqueue it.
 */
export async function forgetShown(db: Queryable, channelId: string, listing: NamedListing): Promise<ChangedListing[]> {
  const { rows } = await db.query<ChangedListing>(FORGET, named(channelId, listing));
  return rows;
}

const FORGET = `
update sync_state s set ${UNKNOWN}
from listing l
where l.listing_id = s.listing_id and l.channel_id = $1 and l.external_id = $2 and l.external_location_id = $3
  and l.unsupported is null
returning ${CHANGED_LISTING}`;

/**
 * Somebody else looked after the numbers of these listings for a while: what was read of them before is not believed, and
 * what they must show is written in full.
 */
export async function doubtNeglected(db: Queryable, listingIds: readonly string[]): Promise<void> {
  if (listingIds.length > 0) await db.query(DOUBT_NEGLECTED, [listingIds]);
}

const DOUBT_NEGLECTED = makeUnknown("where s.listing_id = any($1::uuid[])");

/** How long what a listing shows may stand unread while a feed may overwrite it. */
const UNREAD_MINUTES = 10;

/**
 * What a feed's listings show is in doubt: it may have written them after they were pushed by calls. The sweep has them
 * read before they are pushed.
 *
 * @param which `scarce`: those alone that are nearly empty, of which the feed would offer more than there is, and that
 *   were neither read nor pushed lately.
 */
export async function doubtFeed(db: Queryable, feed: OpenFeed, which: "all" | "scarce"): Promise<void> {
  const { pushes } = feed;
  await db.query(DOUBT_FEED, [
    pushes.map(({ listingId }) => listingId),
    pushes.map(({ quantity }) => quantity),
    which === "all",
  ]);
}

const DOUBT_FEED = makeUnknown(`
  join unnest($1::uuid[], $2::integer[]) as fed(listing_id, quantity) using (listing_id)
  where $3 or (${TARGET} <= ${NEARLY_EMPTY_UNITS} and ${TARGET} < fed.quantity
    and s.shown_at <= now() - interval '${UNREAD_MINUTES} minutes')`);
