import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { inTransaction, type Queryable } from "../database.ts";
import { LISTING_REF } from "../listings/listing-ref.ts";
import { PRIORITY, TARGET } from "../sync/changed-listing.ts";
import { CLAIMED, claimOf, type ClaimedPush, type FlatClaim } from "./claim.ts";
import { heldUntil, JOIN_BUDGET } from "./revisions.ts";
import { releasePushes, settlePushes, type PushOutcome } from "./settle.ts";

/** Many pushes that go to a channel as one job of its own. */
export interface Feed {
  readonly feedId: string;
  readonly pushes: readonly ClaimedPush[];
}

/** A feed that is open at the channel. */
export interface OpenFeed extends Feed {
  /** The channel's id; null: it was never heard whether the channel took it. */
  readonly submittedAs: string | null;
  readonly submittedAt: Date;
}

/**
 * Claims listings of a channel that are behind, for a feed, when there are enough of them and no feed is open. They stay
 * claimed until the feed is settled, whatever happens to this process. Sold-out listings are left out: they go by a call
 * of their own, at once.
 *
 * @param unheardMs how long to wait before a feed whose submission was never heard of is given up.
 */
export async function claimFeed(
  pool: Pool,
  channelId: string,
  options: { readonly atLeast: number; readonly limit: number; readonly unheardMs: number },
): Promise<Feed | undefined> {
  const feedId = randomUUID();
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<FlatClaim>(CLAIM_FEED, [channelId, feedId, options.atLeast, options.limit]);
    if (rows.length === 0) return undefined;
    const pushes = rows.map(claimOf);
    await client.query(
      `insert into feed (feed_id, channel_id, pushes, ask_at)
       values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4 / 1000.0))`,
      [feedId, channelId, JSON.stringify(pushes.map(noteOf)), options.unheardMs],
    );
    return { feedId, pushes };
  });
}

const CLAIM_FEED = `
with candidate as materialized (
  select s.listing_id
  from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id ${JOIN_BUDGET}
  where s.channel_id = $1 and c.status = 'active' and c.pushes_inventory and l.unsupported is null
    and s.error_code is null and s.push_lease is null and s.shown_quantity is distinct from ${TARGET} and ${TARGET} > 0
    and ${heldUntil(TARGET)} is null
    and not exists (select from feed f where f.channel_id = $1)
  order by ${PRIORITY}, s.desired_position
  limit $4
  for update of s skip locked
), claimed as (
  update sync_state s set push_lease = $2, push_leased_until = 'infinity', push_disturbed = false,
    push_expected = s.shown_quantity
  from candidate
  where s.listing_id = candidate.listing_id and (select count(*) from candidate) >= $3
  returning s.*
)
select ${CLAIMED} from claimed s join listing l using (listing_id) order by s.desired_position`;

/** The channel took it: ask after it then. */
export async function feedSubmitted(db: Queryable, feedId: string, externalId: string, askInMs: number): Promise<void> {
  await db.query(
    `update feed set external_id = $2, ask_at = clock_timestamp() + make_interval(secs => $3 / 1000.0) where feed_id = $1`,
    [feedId, externalId, askInMs],
  );
}

/** A feed to ask after now; until `askAgainMs` from now nobody else is given it. */
export async function takeDueFeed(db: Queryable, channelId: string, askAgainMs: number): Promise<OpenFeed | undefined> {
  const { rows } = await db.query<Omit<OpenFeed, "pushes"> & FlatClaim>(TAKE_DUE, [channelId, askAgainMs]);
  const [first] = rows;
  if (!first) return undefined;
  const { feedId, submittedAs, submittedAt } = first;
  return { feedId, submittedAs, submittedAt, pushes: rows.map(claimOf) };
}

const TAKE_DUE = `
with due as (
  update feed set ask_at = clock_timestamp() + make_interval(secs => $2 / 1000.0)
  where feed_id = (
    select feed_id from feed where channel_id = $1 and ask_at <= clock_timestamp() order by ask_at limit 1
    for update skip locked)
  returning *
)
select f.feed_id as "feedId", f.external_id as "submittedAs", f.submitted_at as "submittedAt",
  f.feed_id as lease, p.quantity, p.expected, p.position, p.recorded_at as "recordedAt", ${LISTING_REF}
from due f
cross join lateral rows from (
  jsonb_to_recordset(f.pushes) as (listing_id uuid, quantity integer, expected integer, position bigint, recorded_at timestamptz)
) with ordinality as p(listing_id, quantity, expected, position, recorded_at, nth)
join listing l on l.listing_id = p.listing_id
order by p.nth`;

/** Keeps what became of a feed's pushes and closes it. */
export async function settleFeed(pool: Pool, feed: OpenFeed, outcomes: readonly PushOutcome[]): Promise<void> {
  const answeredAt = new Date();
  const results = feed.pushes.flatMap((push, index) => {
    const outcome = outcomes[index];
    const { listingId, lease, quantity, position, recordedAt } = push;
    return outcome
      ? [{ listingId, lease, quantity, position, recordedAt, requestedAt: feed.submittedAt, answeredAt, outcome }]
      : [];
  });
  await inTransaction(pool, async (client) => {
    await settlePushes(client, results);
    await client.query("delete from feed where feed_id = $1", [feed.feedId]);
  });
}

/** Gives back a feed that the channel did not take: nothing was written. */
export async function abandonFeed(pool: Pool, feed: Feed): Promise<void> {
  await inTransaction(pool, async (client) => {
    await releasePushes(client, feed.pushes);
    await client.query("delete from feed where feed_id = $1", [feed.feedId]);
  });
}

function noteOf({ listingId, quantity, expected, position, recordedAt }: ClaimedPush) {
  return { listing_id: listingId, quantity, expected, position, recorded_at: recordedAt };
}
