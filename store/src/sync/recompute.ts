import type { Pool, PoolClient } from "pg";
import { inTransaction, within } from "../database.ts";
import type { ChangedListing } from "./changed-listing.ts";
import { holdCheckpoint } from "./checkpoint.ts";
import { desiredStatement } from "./desired.ts";

/** `touched` of a desired statement: every listing, based on position $1. */
export const EVERY_LISTING = "select listing_id, $1::bigint as position, now() as recorded_at, 0 as sold from listing";

/** 200,000 listings took 12 s. Not what a pool waits for a query: that is for those that are asked all the time. */
const WHOLE_CATALOG_MS = 600_000;

/** A query over a whole catalog, with the time that takes. */
export function unhurried(text: string, values: readonly unknown[]) {
  return within(WHOLE_CATALOG_MS, text, values);
}

const SOME = desiredStatement(`${EVERY_LISTING} where listing_id = any($2::uuid[])`);

/**
 * Works out anew what a few thousand listings at most must show, after something other than stock changed: pausing, an
 * import. While the stock view is being rebuilt nothing is worked out; the end of the rebuild does it for all.
 *
 * @returns those that do not show it; enqueue their pushes.
 */
export async function recomputeListings(pool: Pool, listingIds: readonly string[]): Promise<ChangedListing[]> {
  return await inTransaction(pool, (client) => recomputeWithin(client, listingIds));
}

/** `recomputeListings` inside a transaction; holds the stock view until it ends. */
export async function recomputeWithin(client: PoolClient, listingIds: readonly string[]): Promise<ChangedListing[]> {
  const { position, quietUntil } = await holdCheckpoint(client);
  if (position < quietUntil) return [];
  const { rows } = await client.query<ChangedListing>(SOME, [position, listingIds]);
  return rows;
}
