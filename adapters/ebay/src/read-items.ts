import { chunksOf, type CallContext, type ReadOutcome } from "@lastunit/adapter-contract";
import { bulkGetItems, SKUS_PER_READ, type ItemEntry } from "./bulk-get.ts";
import type { EbayClient } from "./client.ts";
import { isPassing, wordsOf } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import { buyable } from "./inventory-item.ts";
import { liveAmong, offersOf } from "./offers.ts";
import { readOrUnread } from "./unread.ts";

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
  for (const part of chunksOf(skus, SKUS_PER_READ)) {
    const items = await bulkGetItems(client, part, call);
    outcomes.push(
      ...(await inParallel(part, (sku) => readOrUnread(() => outcomeOf(client, sku, items.get(sku), call)))),
    );
  }
  return outcomes;
}

async function outcomeOf(
  client: EbayClient,
  sku: string,
  entry: ItemEntry | undefined,
  call: CallContext,
): Promise<ReadOutcome> {
  const [error] = entry?.errors ?? [];
  if (!entry || isPassing(entry.statusCode, error)) {
    const code = String(error?.errorId ?? "no_answer");
    return { status: "unread", code, message: `eBay could not read ${sku}: ${wordsOf(error)}` };
  }
  if (!entry.inventoryItem) return { status: "missing", message: wordsOf(error) };
  const offers = liveAmong(await offersOf(client, sku, call), client.settings);
  if (offers.length === 0) {
    return { status: "missing", message: `no published offer on ${client.settings.marketplaceId}` };
  }
  const available = buyable(entry.inventoryItem, offers);
  return available === null ? { status: "untracked" } : { status: "read", available, reserved: null };
}
