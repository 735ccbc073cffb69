import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { inTransaction, type Queryable } from "../database.ts";
import { LISTING_REF } from "../listings/listing-ref.ts";
import { IS_BEHIND, PRIORITY, TARGET } from "../sync/changed-listing.ts";
import { SOLD_LATELY } from "../sync/selling.ts";
import { CLAIMED, claimOf, type ClaimedPush, type FlatClaim } from "./claim.ts";
import { heldUntil, JOIN_BUDGET, NEARLY_EMPTY_UNITS } from "./revisions.ts";
import { releasePushes, settlePushes, type PushOutcome } from "./settle.ts";

/** Many pushes that go to a channel as one job of its own. */
export interface Feed {
  readonly feedId: string;
  readonly pushes: readonly ClaimedPush[];
}

/** A feed that is open at the channel, or that may be. */
export interface OpenFeed extends Feed {
  /** The channel's id; null: it was never heard whether the channel took it. */
  readonly submittedAs: string | null;
  readonly submittedAt: Date;
  /** Whether one of the listings that wait for it must show 0 by now. */
  readonly hasSoldOut: boolean;
  /** Since when its listings are pushed by calls again, though it may yet write them; null: they wait for it. */
  readonly givenUpAt: Date | null;
}

/**
 * Claims listings of a channel that are behind, for a feed, when there are enough of them, no feed is open or may still
 * write, and feeds don't rest. They stay claimed until the feed is settled, whatever happens to this process.
 *
 * A listing that sells out while it is in a feed has to wait for the feed's end, so those that may are left out: the
 * sold-out ones, which go by a call of their own at once, and the `atLeast` scarcest, which are as many as calls get
 * through while a feed is worked off. More scarce ones than that would wait longer for their call than for the feed.
 * Scarce ones that are raised are left out however many they are: a call reads first (where the channel does not compare),
 * a feed would put units on offer again that were just sold there and not heard of yet.
 *
 * @param atLeast from how many on a feed is better than calls.
 * @param unheardMs how long to wait before a feed whose submission was never heard of is given up.
 */
export async function claimFeed(
  pool: Pool,
  channelId: string,
  options: { readonly atLeast: number; readonly limit: number; readonly unheardMs: number },
): Promise<Feed | undefined> {
  const feedId = randomUUID();
  return await inTransaction(pool, async (client) => {
    if (!(await mayMakeOne(client, channelId, options.atLeast))) return undefined;
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

/** Scarce: would not outlast four more hours like the last one. Half an hour is the longest Walmart names for a feed. */
const SCARCE = `${TARGET} <= ${NEARLY_EMPTY_UNITS} + 4 * ${SOLD_LATELY}`;

/** Also where nobody knows what is shown: as in the worker's `isRaise`. */
const IS_SCARCE_RAISE = `(${TARGET} > coalesce(s.shown_quantity, 0) and ${SCARCE})`;

/** Asked every few seconds: reads no more than it takes to know. While it is answered yes nobody else is. */
async function mayMakeOne(client: PoolClient, channelId: string, atLeast: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from channel c
     where c.channel_id = $1 and c.status = 'active' and c.pushes_inventory
       and (c.feeds_rest_until is null or c.feeds_rest_until <= now())
       and (select count(*) from (
         select from sync_state s where s.channel_id = $1 and ${IS_BEHIND} and not ${IS_SCARCE_RAISE} limit $2) enough) >= $2
     for no key update of c skip locked`,
    [channelId, atLeast],
  );
  return rowCount === 1;
}

const CLAIM_FEED = `
with behind as (
  select s.listing_id, ${SCARCE} as is_scarce,
    row_number() over (partition by ${SCARCE} order by ${TARGET} - 4 * ${SOLD_LATELY}, s.listing_id) as nth
  from sync_state s join listing l using (listing_id) join channel c on c.channel_id = l.channel_id ${JOIN_BUDGET}
  where s.channel_id = $1 and ${IS_BEHIND} and l.unsupported is null and ${TARGET} > 0 and not ${IS_SCARCE_RAISE}
    and ${heldUntil(TARGET)} is null
    and not exists (select from feed f where f.channel_id = $1)
), candidate as materialized (
  select s.listing_id from sync_state s join behind using (listing_id)
  where s.push_lease is null and (not is_scarce or nth > $3)
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

/** When to ask after a feed, in milliseconds from now. */
interface AskIn {
  readonly askInMs: number;
  /** If one of the listings that wait for it has sold out. */
  readonly ifSoldOutMs: number;
}

/** The channel took it: ask after it then. */
export async function feedSubmitted(db: Queryable, feedId: string, externalId: string, askInMs: number): Promise<void> {
  await db.query(
    `update feed set external_id = $2, ask_at = clock_timestamp() + make_interval(secs => $3 / 1000.0) where feed_id = $1`,
    [feedId, externalId, askInMs],
  );
}

/** The channel has it still: ask after it again then. */
export async function askFeedAgain(db: Queryable, { feedId }: Pick<Feed, "feedId">, ask: AskIn): Promise<void> {
  await db.query(
    `update feed set ask_at = clock_timestamp() + make_interval(secs => $2 / 1000.0),
       ask_sooner_at = clock_timestamp() + make_interval(secs => $3 / 1000.0)
     where feed_id = $1`,
    [feedId, ask.askInMs, ask.ifSoldOutMs],
  );
}

/** A feed to ask after now; until `askAgainMs` from now nobody else is given it. */
export async function takeDueFeed(db: Queryable, channelId: string, askAgainMs: number): Promise<OpenFeed | undefined> {
  const { rows } = await db.query<Omit<OpenFeed, "pushes"> & FlatClaim>(TAKE_DUE, [channelId, askAgainMs]);
  const [first] = rows;
  if (!first) return undefined;
  const { feedId, submittedAs, submittedAt, hasSoldOut, givenUpAt } = first;
  return { feedId, submittedAs, submittedAt, hasSoldOut, givenUpAt, pushes: rows.map(claimOf) };
}

const HAS_SOLD_OUT = `exists (
  select from sync_state s where s.channel_id = f.channel_id and s.push_lease = f.feed_id and ${TARGET} = 0)`;

const TAKE_DUE = `
with due as (
  update feed set ask_at = clock_timestamp() + make_interval(secs => $2 / 1000.0), ask_sooner_at = 'infinity'
  where feed_id = (
    select f.feed_id from feed f
    where f.channel_id = $1
      and (f.ask_at <= clock_timestamp() or (f.ask_sooner_at <= clock_timestamp() and ${HAS_SOLD_OUT}))
    order by f.ask_at limit 1
    for update skip locked)
  returning *
)
select f.feed_id as "feedId", f.external_id as "submittedAs", f.submitted_at as "submittedAt",
  ${HAS_SOLD_OUT} as "hasSoldOut", f.given_up_at as "givenUpAt", f.feed_id as lease, p.quantity, p.expected, p.position, p.recorded_at as "recordedAt",
  ${LISTING_REF}
from due f
cross join lateral rows from (
  jsonb_to_recordset(f.pushes) as (listing_id uuid, quantity integer, expected integer, position bigint, recorded_at timestamptz)
) with ordinality as p(listing_id, quantity, expected, position, recorded_at, nth)
join listing l on l.listing_id = p.listing_id
order by p.nth`;

/**
 * Keeps what became of a feed's pushes and closes it.
 *
 * @param restMs how long no other feed of the channel is made: calls are, meanwhile.
 */
export async function settleFeed(
  pool: Pool,
  feed: OpenFeed,
  outcomes: readonly PushOutcome[],
  restMs = 0,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await settlePushes(client, resultsOf(feed, outcomes));
    await rest(client, feed, restMs);
    await forgetFeed(client, feed);
  });
}

/**
 * Stops waiting for a feed that the channel may yet work off. Its listings may be pushed by calls again; it stays here
 * to be asked after, and no other feed of the channel is made until it is forgotten, nor for `restMs`.
 *
 * @param askInMs when to ask after it next.
 */
export async function giveUpFeed(
  pool: Pool,
  feed: OpenFeed,
  outcomes: readonly PushOutcome[],
  { restMs, askInMs }: { readonly restMs: number; readonly askInMs: number },
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await settlePushes(client, resultsOf(feed, outcomes));
    await rest(client, feed, restMs);
    await client.query(
      `update feed set given_up_at = clock_timestamp(), ask_at = clock_timestamp() + make_interval(secs => $2 / 1000.0)
       where feed_id = $1`,
      [feed.feedId, askInMs],
    );
  });
}

/** Gives back a feed that the channel did not take, or that was taken back: nothing was written. @param restMs as in `settleFeed`. */
export async function abandonFeed(pool: Pool, feed: Feed, restMs = 0): Promise<void> {
  await inTransaction(pool, async (client) => {
    await releasePushes(client, feed.pushes);
    await rest(client, feed, restMs);
    await forgetFeed(client, feed);
  });
}

/** It can write no more. */
export async function forgetFeed(db: Queryable, { feedId }: Pick<Feed, "feedId">): Promise<void> {
  await db.query("delete from feed where feed_id = $1", [feedId]);
}

async function rest(client: PoolClient, { feedId }: Feed, restMs: number): Promise<void> {
  if (restMs === 0) return;
  await client.query(
    `update channel c set feeds_rest_until = clock_timestamp() + make_interval(secs => $2 / 1000.0)
     from feed f where f.feed_id = $1 and c.channel_id = f.channel_id`,
    [feedId, restMs],
  );
}

function resultsOf(feed: OpenFeed, outcomes: readonly PushOutcome[]) {
  const answeredAt = new Date();
  return feed.pushes.flatMap((push, index) => {
    const outcome = outcomes[index];
    const { listingId, lease, quantity, position, recordedAt } = push;
    return outcome
      ? [{ listingId, lease, quantity, position, recordedAt, requestedAt: feed.submittedAt, answeredAt, outcome }]
      : [];
  });
}

function noteOf({ listingId, quantity, expected, position, recordedAt }: ClaimedPush) {
  return { listing_id: listingId, quantity, expected, position, recorded_at: recordedAt };
}
