import { ChannelError, type CallContext, type ImportedListing, type ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { inParallel } from "./in-parallel.ts";
import { buyable, InventoryItem, liveOffers } from "./offers.ts";

/** Of the 200 eBay would give: each item costs one more call for its offers, and a page must fit one call's deadline. */
const ITEMS_PER_PAGE = 50;

const Item = InventoryItem.extend({ sku: z.string() });
const Items = z.object({ total: z.number().int(), inventoryItems: z.array(Item).default([]) });

/**
 * Pages through the seller's inventory items; the cursor is the page number, which is what eBay's `offset` means in
 * this call. Listings made on the website or by the Trading API have no inventory item and do not appear.
 */
export async function importListings(
  client: EbayClient,
  cursor: string | null,
  call: CallContext,
): Promise<ImportPage> {
  const page = pageOf(cursor);
  const { total, inventoryItems } = await client.asSeller("inventory", Items, call, (api) =>
    api.sell.inventory.getInventoryItems({ limit: ITEMS_PER_PAGE, offset: page }),
  );
  const listings = await inParallel(inventoryItems, (item) => listingOf(client, item, call));
  const isLast = inventoryItems.length === 0 || (page + 1) * ITEMS_PER_PAGE >= total;
  return { listings, next: isLast ? null : String(page + 1) };
}

async function listingOf(client: EbayClient, item: z.infer<typeof Item>, call: CallContext): Promise<ImportedListing> {
  const offers = await liveOffers(client, item.sku, call);
  const isLive = offers.length > 0;
  return {
    sku: item.sku,
    externalId: item.sku,
    externalLocationId: null,
    external: { offerIds: offers.map(({ offerId }) => offerId) },
    lineRef: item.sku,
    title: item.product?.title ?? item.sku,
    available: isLive ? buyable(item, offers) : null,
    unsupported: isLive ? null : `It has no published fixed-price offer on ${client.settings.marketplaceId}.`,
  };
}

function pageOf(cursor: string | null): number {
  const page = Number(cursor ?? 0);
  if (Number.isSafeInteger(page) && page >= 0) return page;
  throw new ChannelError("rejected", "the import cursor is not a page number", { code: "bad_cursor" });
}
