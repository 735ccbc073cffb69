import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database.ts";
import { naming } from "../errors.ts";
import { reopenUnmapped } from "../inbox/inbox.ts";
import { doubtNeglected } from "../push/doubt.ts";
import type { ChangedListing } from "../sync/changed-listing.ts";
import { holdCheckpoint } from "../sync/checkpoint.ts";
import { recomputeWithin, unhurried } from "../sync/recompute.ts";
import type { Allocation } from "./channels.ts";
import { isUnfed, unfedReason } from "./feeding.ts";
import { replaceLocations, type ChannelLocation } from "./locations.ts";

/** What feeds a channel, and what of that it is offered. Absent: as it is. */
export interface RevisedOffer {
  readonly allocation?: Partial<Allocation> | undefined;
  /** All that feed it from now on; none: its default location alone. */
  readonly locations?: readonly ChannelLocation[] | undefined;
  readonly defaultLocationId?: string | undefined;
}

/** So many are worked out at a time: the log is not followed meanwhile. */
const PIECE = 1_000;

/**
 * Changes what a channel is offered, all of it or nothing, and works out what its listings must show: piece by piece, while
 * the log is followed on. Should this process die meanwhile, the change stands and `finishOffers` goes on. Deliveries that
 * named a location that was not known are tried again.
 *
 * @returns the listings that do not show it; enqueue their pushes.
 * @throws {StoreError} `allocation_malformed`, `unknown_channel`
 */
export async function reviseOffer(pool: Pool, channelId: string, offer: RevisedOffer): Promise<ChangedListing[]> {
  const { allocation, locations, defaultLocationId } = offer;
  if (!allocation && !locations && defaultLocationId === undefined) return [];
  await inTransaction(pool, async (client) => {
    // Locks the channel, which imports hold while they ask what feeds it.
    await naming(client.query(REVISE, [channelId, JSON.stringify({ ...allocation, defaultLocationId })]));
    if (locations) {
      await replaceLocations(client, channelId, locations);
      await client.query(unhurried(LEAVE_ALONE, [channelId]));
    }
    if (locations || defaultLocationId !== undefined) await reopenUnmapped(client, channelId);
  });
  return await workOut(pool, channelId);
}

/**
 * Works out what is left to be of revised offers; safe beside whoever revised them. The sweep finds what must be pushed.
 *
 * @param signal ends it between two pieces.
 */
export async function finishOffers(pool: Pool, signal?: AbortSignal): Promise<void> {
  const { rows } = await pool.query<{ channelId: string }>(
    `select channel_id as "channelId" from channel where recompute_after is not null`,
  );
  for (const { channelId } of rows) await workOut(pool, channelId, signal);
}

async function workOut(pool: Pool, channelId: string, signal?: AbortSignal): Promise<ChangedListing[]> {
  const changed: ChangedListing[] = [];
  for (;;) {
    const piece = signal?.aborted ? undefined : await workOutPiece(pool, channelId);
    if (!piece) return changed;
    changed.push(...piece);
  }
}

/** @returns undefined when none is left. */
async function workOutPiece(pool: Pool, channelId: string): Promise<ChangedListing[] | undefined> {
  return await inTransaction(pool, async (client) => {
    // Of two who work it out, each takes the next piece; a revision meanwhile has it begin anew.
    const { rows } = await client.query<{ after: string | null }>(
      `select recompute_after as after from channel where channel_id = $1 for no key update`,
      [channelId],
    );
    const after = rows[0]?.after ?? null;
    if (after === null) return undefined;
    const next = await client.query<{ listingId: string }>(
      `select listing_id as "listingId" from listing where channel_id = $1 and listing_id > $2 order by listing_id limit $3`,
      [channelId, after, PIECE],
    );
    const listingIds = next.rows.map(({ listingId }) => listingId);
    await client.query("update channel set recompute_after = $2 where channel_id = $1", [
      channelId,
      listingIds.at(-1) ?? null,
    ]);
    await feedAgain(client, listingIds);
    return await recomputeWithin(client, listingIds);
  });
}

const REVISE = `
update channel set
  recompute_after = '00000000-0000-0000-0000-000000000000',
  safety_stock = case when told ? 'safetyStock' then (told ->> 'safetyStock')::integer else safety_stock end,
  share = case when told ? 'share' then (told ->> 'share')::numeric else share end,
  minimum = case when told ? 'minimum' then (told ->> 'minimum')::integer else minimum end,
  cap = case when told ? 'cap' then (told ->> 'cap')::integer else cap end,
  default_location_id = coalesce(told ->> 'defaultLocationId', default_location_id)
from (values ($2::jsonb)) as revision(told) where channel_id = $1`;

/** Listings at a place of the channel that nothing feeds any more: all at once, before one of them could be emptied. */
const LEAVE_ALONE = `
update listing l set unsupported = ${unfedReason("l.external_location_id")}
where l.channel_id = $1 and l.unsupported is null and ${isUnfed("l.channel_id", "l.external_location_id")}`;

/** Those of some at a place that something feeds again. They wait for their piece: until then they are not pushed. */
async function feedAgain(client: PoolClient, listingIds: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ listingId: string }>(FEED_AGAIN, [listingIds]);
  await holdCheckpoint(client);
  await client.query(
    `update unheard_listing u set can_be_pushed = l.unsupported is null
     from listing l where l.listing_id = u.listing_id and u.listing_id = any($1::uuid[])`,
    [listingIds],
  );
  await doubtNeglected(
    client,
    rows.map(({ listingId }) => listingId),
  );
}

const FEED_AGAIN = `
update listing l set unsupported = null
where l.listing_id = any($1::uuid[]) and l.unsupported = ${unfedReason("l.external_location_id")}
  and not ${isUnfed("l.channel_id", "l.external_location_id")}
returning l.listing_id as "listingId"`;
