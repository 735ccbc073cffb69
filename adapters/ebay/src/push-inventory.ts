import type { CallContext, InventoryUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import type { EbayClient } from "./client.ts";
import { externalOf } from "./listing.ts";
import { revise } from "./revise.ts";

/** Sets what buyers can buy. */
export async function pushInventory(
  client: EbayClient,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const revisions = updates.map(({ listing, quantity }) => ({
    sku: listing.externalId,
    external: externalOf(listing),
    quantity,
  }));
  return revise(client, revisions, call);
}
