import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database.ts";
import type { ChangedListing } from "./changed-listing.ts";
import { holdCheckpoint } from "./checkpoint.ts";
import { desiredStatement } from "./desired.ts";

/** `touched` of a desired statement: every listing, based on position $1. */
export const EVERY_LISTING = "select listing_id, $1::bigint as position, now() as recorded_at from listing";

const SOME = desiredStatement(`${EVERY_LISTING} where listing_id = any($2::uuid[])`);
const OF_CHANNEL = desiredStatement(`${EVERY_LISTING} where channel_id = $2`);

/**
 * Works out anew what listings must show, after something other than stock changed: allocation, locations, pausing, an
 * import. While the stock view is being rebuilt nothing is worked out; the end of the rebuild does it for all.
 *
 * @returns those that do not show it; enqueue their pushes.
 */
export async function recomputeListings(pool: Pool, listingIds: readonly string[]): Promise<ChangedListing[]> {
  return await inTransaction(pool, (client) => recompute(client, SOME, listingIds));
}

/** `recomputeListings` for all listings of a channel. */
export async function recomputeChannel(pool: Pool, channelId: string): Promise<ChangedListing[]> {
  return await inTransaction(pool, (client) => recompute(client, OF_CHANNEL, channelId));
}

/** `recomputeListings` inside a transaction; holds the stock view until it ends. */
export async function recomputeWithin(client: PoolClient, listingIds: readonly string[]): Promise<ChangedListing[]> {
  return await recompute(client, SOME, listingIds);
}

async function recompute(client: PoolClient, statement: string, which: readonly string[] | string) {
  const { position, quietUntil } = await holdCheckpoint(client);
  if (position < quietUntil) return [];
  const { rows } = await client.query<ChangedListing>(statement, [position, which]);
  return rows;
}
