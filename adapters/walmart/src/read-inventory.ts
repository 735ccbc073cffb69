import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { inTurn } from "./in-turn.ts";
import { namedNode, readNodes, shownAt } from "./nodes.ts";
import { LISTINGS_PER_CALL } from "./push-inventory.ts";

/**
 * Reads what buyers can buy, SKU by SKU: the bulk listing of inventories is faster but can miss SKUs.
 * @throws {ChannelError} when any read failed other than by a 404, which is that listing's `missing`.
 */
export function readInventory(
  client: WalmartClient,
  settings: WalmartSettings,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  return inTurn(listings, LISTINGS_PER_CALL, async (listing): Promise<ReadOutcome> => {
    try {
      const nodes = await readNodes(client, listing.externalId, call);
      return { status: "read", ...shownAt(nodes, namedNode(listing, settings)) };
    } catch (error) {
      if (isNotFound(error)) return { status: "missing", message: error.message };
      throw error;
    }
  });
}
