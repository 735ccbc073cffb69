import { ChannelError, type CallContext, type ListingRef, type ReadOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError, isPassing, wordsOf } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import { buyable, InventoryItem, liveOffers } from "./offers.ts";

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
 * What buyers can buy, in input order. Items come 25 a call, offers only by SKU: 26 calls for 25 listings. The
 * cheaper read, items alone, would be wrong for every listing whose offer caps it.
 */
export async function readInventory(
  client: EbayClient,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const outcomes: ReadOutcome[] = [];
  for (let start = 0; start < listings.length; start += SKUS_PER_CALL) {
    outcomes.push(...(await readChunk(client, listings.slice(start, start + SKUS_PER_CALL), call)));
  }
  return outcomes;
}

async function readChunk(client: EbayClient, listings: readonly ListingRef[], call: CallContext) {
  const body = { requests: listings.map(({ externalId }) => ({ sku: externalId })) };
  const { responses } = await client.asSeller("inventory", BulkAnswer, call, (api) =>
    api.sell.inventory.bulkGetInventoryItem(body),
  );
  const bySku = new Map(responses.map((entry) => [entry.sku, entry]));
  return inParallel(listings, ({ externalId }) => outcomeOf(client, externalId, bySku.get(externalId), call));
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
