import type { CallContext, ImportedListing, ImportPage } from "@lastunit/adapter-contract";
import { barcodeOf } from "../barcode.ts";
import type { EbayClient } from "../client.ts";
import { inParallel } from "../in-parallel.ts";
import { tradingRef, type TradingListing } from "../listing.ts";
import { offersOf } from "../offers.ts";
import { availableOf, isFixedPrice, variationsOf, type TradingItem, type TradingVariation } from "./item.ts";
import { listActive } from "./list-active.ts";

/**
 * A page of the seller's running listings that were not made by the Inventory API: on the website, by a file, by other
 * software. Pages count from 1. Those of the Inventory API are in eBay's list too, and are left out here.
 */
export async function importListed(
  client: EbayClient,
  page: number,
  call: CallContext,
): Promise<Omit<ImportPage, "next" | "total"> & { readonly isLast: boolean }> {
  const { items, pages } = await listActive(client, page, call);
  const found = await inParallel(items, async (item) =>
    (await isOfInventoryApi(client, item, call)) ? [] : listingsOf(item),
  );
  return { listings: found.flat(), isLast: page >= pages };
}

/** Its SKUs are inventory items then, with an offer that names this very listing. */
async function isOfInventoryApi(client: EbayClient, item: TradingItem, call: CallContext): Promise<boolean> {
  const sku = item.SKU ?? variationsOf(item).find(({ SKU }) => SKU)?.SKU;
  if (!sku) return false;
  const offers = await offersOf(client, sku, call);
  return offers.some(({ listing }) => listing?.listingId === item.ItemID);
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
    title: Title,
    barcode: barcodeOf(codes?.["UPC"], codes?.["EAN"], codes?.["ISBN"]),
    available: availableOf(variation),
    unsupported: unsupported ?? (SKU ? null : "eBay tells its variations apart by SKU alone, and this one has none."),
  };
}
