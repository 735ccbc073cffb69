import { type CallContext, ChannelError, type ReadOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError, isPassing, wordsOf } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import { buyable, InventoryItem } from "./inventory-item.ts";
import { liveOffers } from "./offers.ts";

/** `bulk_get_inventory_item` takes 25 SKUs (Sell Inventory OpenAPI). */
const SKUS_PER_CALL = 25;

const Entry = z.object({
  sku: z.string(),
  statusCode: z.number(),
  inventoryItem: InventoryItem.optional(),
  errors: z.array(EbayError).default([]),
});
type Entry = z.infer<typeof Entry>;
const BulkAnswer = z.object({ responses: z.array(Entry) });

/**
 * What buyers can buy of inventory items, in input order. Items come 25 a call, offers only by SKU: 26 calls for 25
 * listings. The cheaper read, items alone, would be wrong for every listing whose offer caps it.
 */
export async function readItems(
  client: EbayClient,
  skus: readonly string[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const outcomes: ReadOutcome[] = [];
  for (let start = 0; start < skus.length; start += SKUS_PER_CALL) {
    outcomes.push(...(await readChunk(client, skus.slice(start, start + SKUS_PER_CALL), call)));
  }
  return outcomes;
}

async function readChunk(client: EbayClient, skus: readonly string[], call: CallContext): Promise<ReadOutcome[]> {
  const body = { requests: skus.map((sku) => ({ sku })) };
  const { responses } = await client.asSeller("inventory", BulkAnswer, call, (api) =>
    api.sell.inventory.bulkGetInventoryItem(body),
  );
  const bySku = new Map(responses.map((entry) => [entry.sku, entry]));
  return inParallel(skus, (sku) => outcomeOf(client, sku, bySku.get(sku), call));
}

async function outcomeOf(
  client: EbayClient,
  sku: string,
  entry: Entry | undefined,
  call: CallContext,
): Promise<ReadOutcome> {
  const [error] = entry?.errors ?? [];
  if (!entry || isPassing(entry.statusCode, error)) {
    const code = String(error?.errorId ?? "no_answer");
    throw new ChannelError("unavailable", `eBay could not read ${sku}: ${wordsOf(error)}`, { code });
  }
  if (!entry.inventoryItem) return { status: "missing", message: wordsOf(error) };
  const offers = await liveOffers(client, sku, call);
  if (offers.length === 0) {
    return { status: "missing", message: `no published offer on ${client.settings.marketplaceId}` };
  }
  const available = buyable(entry.inventoryItem, offers);
  return available === null ? { status: "untracked" } : { status: "read", available, reserved: null };
}
