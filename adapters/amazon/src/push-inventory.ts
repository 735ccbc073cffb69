import type { CallContext, InventoryUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import type { FulfillmentWatch } from "./fulfillment-watch.ts";
import { patchListings, type ListingPatch } from "./patch-listings.ts";
import { handedOver, quantityPatch, writableAs, type Rejected } from "./patches.ts";

/** Sets each listing's merchant-fulfilled quantity, unless it is no longer the merchant who fulfills it. */
export async function pushInventory(
  client: AmazonClient,
  watch: FulfillmentWatch,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const wanted = updates.map(patchOf);
  const skus = wanted.flatMap((one) => ("patch" in one ? [one.sku] : []));
  const reasons = await watch.handedOver(skus, call);
  const stillWanted = wanted.map((one) => {
    const reason = "patch" in one ? reasons.get(one.sku) : undefined;
    return reason === undefined ? one : handedOver(reason);
  });
  return patchListings(client, stillWanted, call);
}

function patchOf({ listing, quantity }: InventoryUpdate): ListingPatch | Rejected {
  const productType = writableAs(listing);
  if (typeof productType !== "string") return productType;
  return { sku: listing.externalId, productType, patch: quantityPatch(quantity) };
}
