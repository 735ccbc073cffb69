import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import { findItems } from "./find-items.ts";
import type { FulfillmentWatch } from "./fulfillment-watch.ts";
import { fulfillmentOf, type ListingItem } from "./listings.ts";

/** Reads 20 SKUs a call. What a write has changed shows minutes after it was accepted. */
export async function readInventory(
  client: AmazonClient,
  watch: FulfillmentWatch,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const items = await findItems(client, [...new Set(listings.map(({ externalId }) => externalId))], call);
  watch.saw(items);
  const found = new Map(items.map((item) => [item.sku, item]));
  return listings.map(({ externalId }) => outcomeOf(found.get(externalId)));
}

function outcomeOf(item: ListingItem | undefined): ReadOutcome {
  if (!item) return { status: "missing", message: "Amazon knows no listing of this SKU in the marketplace" };
  const { quantity } = fulfillmentOf(item);
  return quantity === null ? { status: "untracked" } : { status: "read", available: quantity, reserved: null };
}
