import {
  ChannelError,
  chunksOf,
  type CallContext,
  type ImportedListing,
  type ImportPage,
} from "@lastunit/adapter-contract";
import { barcodeOf } from "../barcode.ts";
import { bulkGetItems, SKUS_PER_READ, type ItemEntry } from "../bulk-get.ts";
import type { EbayClient } from "../client.ts";
import { isPassing } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import { tradingRef, type TradingListing } from "../listing.ts";
import { listingIdsOf, offersOf } from "../offers.ts";
import { isUnread, readOrUnread, warnOfUnread } from "../unread.ts";
import { availableOf, isFixedPrice, variationsOf, type TradingItem, type TradingVariation } from "./item.ts";
import { listActive } from "./list-active.ts";

/**
 * A page of the seller's running listings that were not made by the Inventory API: on the website, by a file, by other
 * software. Pages count from 1. Those of the Inventory API are in eBay's list too, and are left out here.
 * @param seen the numbers of listings known to be the Inventory API's; takes those found to be.
 */
export async function importListed(
  client: EbayClient,
  page: number,
  seen: Set<string>,
  call: CallContext,
): Promise<Omit<ImportPage, "next" | "total"> & { readonly isLast: boolean }> {
  const { items, pages } = await listActive(client, page, call);
  const unread = await findOfInventoryApi(
    client,
    items.filter(({ ItemID }) => !seen.has(ItemID)),
    seen,
    call,
  );
  const madeElsewhere = items.filter((item) => !seen.has(item.ItemID) && !unread.has(skuOf(item)));
  return { listings: madeElsewhere.flatMap(listingsOf), isLast: page >= pages };
}

/**
 * The SKUs of an Inventory API listing are inventory items, each with an offer that names this very listing. Items are
 * asked for 25 a call; offers, one SKU a call, only of SKUs that are items.
 * @returns the SKUs that eBay has trouble with: whose their listings are can't be known.
 */
async function findOfInventoryApi(
  client: EbayClient,
  items: readonly TradingItem[],
  seen: Set<string>,
  call: CallContext,
): Promise<ReadonlySet<string>> {
  const unread = new Set<string>();
  const skus = new Set(items.map(skuOf).filter((sku) => sku !== ""));
  const mayBeItems = await inParallel(chunksOf([...skus], SKUS_PER_READ), (part) => withoutUnknown(client, part, call));
  await inParallel(mayBeItems.flat(), async (sku) => {
    const offers = await readOrUnread(() => offersOf(client, sku, call));
    if (isUnread(offers)) {
      unread.add(sku);
      warnOfUnread(call, sku, offers);
    } else for (const listingId of listingIdsOf(offers)) seen.add(listingId);
  });
  return unread;
}

/** A variation's where there are any: the SKU of the whole listing may be the name of its inventory item group. */
function skuOf(item: TradingItem): string {
  return variationsOf(item).find(({ SKU }) => SKU)?.SKU ?? item.SKU ?? "";
}

/** Leaves out what eBay says is no inventory item; what it does not say of, or refuses to read so, may be one. */
async function withoutUnknown(
  client: EbayClient,
  skus: readonly string[],
  call: CallContext,
): Promise<readonly string[]> {
  try {
    const items = await bulkGetItems(client, skus, call);
    return skus.filter((sku) => mayBeItem(items.get(sku)));
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "rejected") return skus;
    throw error;
  }
}

function mayBeItem(entry: ItemEntry | undefined): boolean {
  return !entry || entry.inventoryItem !== undefined || isPassing(entry.statusCode, entry.errors[0]);
}

function listingsOf(item: TradingItem): readonly ImportedListing[] {
  const variations = variationsOf(item);
  const unsupported = isFixedPrice(item) ? null : "It is an auction: its units are the bidders'.";
  if (variations.length > 0) return variations.map((each, index) => variationOf(item, each, index, unsupported));
  const { ItemID, SKU = "", Title, ProductListingDetails: codes } = item;
  const external: TradingListing = { backend: "trading", itemId: ItemID, variationSku: null };
  return [
    {
      sku: SKU,
      externalId: tradingRef(ItemID),
      externalLocationId: null,
      external: { ...external },
      lineRef: tradingRef(ItemID),
      revisionKey: ItemID,
      pushBucket: "trading",
      title: Title,
      barcode: barcodeOf(codes?.["UPC"], codes?.["EAN"], codes?.["ISBN"]),
      available: availableOf(item),
      unsupported,
    },
  ];
}

function variationOf(
  { ItemID, Title }: TradingItem,
  variation: TradingVariation,
  index: number,
  unsupported: string | null,
): ImportedListing {
  const { SKU = "", VariationProductListingDetails: codes } = variation;
  const ref = tradingRef(ItemID, SKU || `variation ${index + 1}`);
  const external: TradingListing = { backend: "trading", itemId: ItemID, variationSku: SKU };
  return {
    sku: SKU,
    externalId: ref,
    externalLocationId: null,
    external: { ...external },
    lineRef: ref,
    revisionKey: ItemID,
    pushBucket: "trading",
    title: Title,
    barcode: barcodeOf(codes?.["UPC"], codes?.["EAN"], codes?.["ISBN"]),
    available: availableOf(variation),
    unsupported: unsupported ?? (SKU ? null : "eBay tells its variations apart by SKU alone, and this one has none."),
  };
}
