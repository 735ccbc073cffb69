import type { CallContext, InventoryUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import { patchListings, type ListingPatch } from "./patch-listings.ts";
import { quantityPatch, writableAs, type Rejected } from "./patches.ts";

/** Sets each listing's merchant-fulfilled quantity. */
export async function pushInventory(
  client: AmazonClient,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  return patchListings(client, updates.map(patchOf), call);
}

function patchOf({ listing, quantity }: InventoryUpdate): ListingPatch | Rejected {
  const productType = writableAs(listing);
  if (typeof productType !== "string") return productType;
  return { sku: listing.externalId, productType, patch: quantityPatch(quantity) };
}
