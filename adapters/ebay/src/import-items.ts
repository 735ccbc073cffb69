import type { CallContext, ImportedListing, ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import { barcodeOf } from "./barcode.ts";
import type { EbayClient } from "./client.ts";
import { inParallel } from "./in-parallel.ts";
import { buyable, InventoryItem, isDistributed } from "./inventory-item.ts";
import { listingIdsOf, liveAmong, offersOf, type Offer } from "./offers.ts";
import { isUnread, readOrUnread, warnOfUnread } from "./unread.ts";

/** Of the 200 eBay would give: each item costs one more call for its offers, and a page must fit one call's deadline. */
const ITEMS_PER_PAGE = 50;

const Item = InventoryItem.extend({ sku: z.string() });
type Item = z.infer<typeof Item>;
const Items = z.object({ total: z.number().int(), inventoryItems: z.array(Item).default([]) });

/**
 * A page of the seller's inventory items, variations of a group each by itself. Pages count from 0, which is what
 * eBay's `offset` means in this call. An item that eBay has trouble with is left out, and said so in the log.
 * @param seen takes the numbers of the listings found, so that they need not be asked about again.
 */
export async function importItems(
  client: EbayClient,
  page: number,
  seen: Set<string>,
  call: CallContext,
): Promise<Omit<ImportPage, "next"> & { readonly isLast: boolean; readonly total: number }> {
  const { total, inventoryItems } = await client.asSeller("inventory", Items, call, (api) =>
    api.sell.inventory.getInventoryItems({ limit: ITEMS_PER_PAGE, offset: page }),
  );
  const listings = await inParallel(inventoryItems, async (item) => {
    const offers = await readOrUnread(() => offersOf(client, item.sku, call));
    if (isUnread(offers)) {
      warnOfUnread(call, item.sku, offers);
      return [];
    }
    for (const listingId of listingIdsOf(offers)) seen.add(listingId);
    return [listingOf(client, item, liveAmong(offers, client.settings))];
  });
  return {
    listings: listings.flat(),
    total,
    isLast: inventoryItems.length === 0 || (page + 1) * ITEMS_PER_PAGE >= total,
  };
}

function listingOf(client: EbayClient, item: Item, offers: readonly Offer[]): ImportedListing {
  const revisionKey = offers[0]?.listing?.listingId;
  const { title, upc, ean, isbn } = item.product ?? {};
  return {
    sku: item.sku,
    externalId: item.sku,
    externalLocationId: null,
    external: { backend: "inventory", offerIds: offers.map(({ offerId }) => offerId) },
    lineRef: item.sku,
    // eBay counts the revisions of the listing buyers see; all variations share it.
    ...(revisionKey !== undefined && { revisionKey }),
    pushBucket: "inventory",
    title: title ?? item.sku,
    barcode: barcodeOf(upc, ean, isbn),
    available: offers.length > 0 ? buyable(item, offers) : null,
    unsupported: unsupportedOf(client, item, offers),
  };
}

function unsupportedOf({ settings }: EbayClient, item: Item, offers: readonly Offer[]): string | null {
  if (offers.length === 0) return `It has no published fixed-price offer on ${settings.marketplaceId}.`;
  if (isDistributed(item)) return "Its units are spread over several fulfillment centers on eBay.";
  return null;
}
