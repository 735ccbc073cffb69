import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError } from "./errors.ts";
import { InventoryItem } from "./inventory-item.ts";

/** `bulk_get_inventory_item` takes 25 SKUs (Sell Inventory OpenAPI). */
export const SKUS_PER_READ = 25;

const ItemEntry = z.object({
  sku: z.string(),
  statusCode: z.number(),
  inventoryItem: InventoryItem.optional(),
  errors: z.array(EbayError).default([]),
});
/** What eBay says of one SKU: its item, or why there is none. */
export type ItemEntry = z.infer<typeof ItemEntry>;
const BulkAnswer = z.object({ responses: z.array(ItemEntry) });

/** Up to 25 inventory items, each SKU named once. @returns by SKU; those eBay does not mention are absent. */
export async function bulkGetItems(
  client: EbayClient,
  skus: readonly string[],
  call: CallContext,
): Promise<ReadonlyMap<string, ItemEntry>> {
  const body = { requests: skus.map((sku) => ({ sku })) };
  const { responses } = await client.asSeller("inventory", BulkAnswer, call, (api) =>
    api.sell.inventory.bulkGetInventoryItem(body),
  );
  return new Map(responses.map((entry) => [entry.sku, entry]));
}
