import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import { LARGEST_PAGE, ListingItem, ListingPage, LISTINGS_VERSION } from "./listings.ts";

const INCLUDED = ["summaries", "fulfillmentAvailability"] as const;

/** The listings of these SKUs that Amazon knows, read 20 a call. */
export async function findItems(
  client: AmazonClient,
  skus: readonly string[],
  call: CallContext,
): Promise<ListingItem[]> {
  const items: ListingItem[] = [];
  // The identifiers travel as one comma-separated text.
  const together = skus.filter((sku) => !sku.includes(","));
  for (let start = 0; start < together.length; start += LARGEST_PAGE) {
    items.push(...(await search(client, together.slice(start, start + LARGEST_PAGE), call)));
  }
  for (const sku of skus.filter((sku) => sku.includes(","))) items.push(...(await getOne(client, sku, call)));
  return items;
}

async function search(client: AmazonClient, skus: readonly string[], call: CallContext): Promise<ListingItem[]> {
  const { sellerId, marketplaceId } = client.settings;
  const page = await client.asSeller(
    {
      name: "searchListingsItems",
      operation: "listingsItems.searchListingsItems",
      version: LISTINGS_VERSION,
      path: { sellerId },
      query: {
        marketplaceIds: marketplaceId,
        identifiers: skus,
        identifiersType: "SKU",
        includedData: INCLUDED,
        pageSize: String(LARGEST_PAGE),
      },
      answer: ListingPage,
    },
    call,
  );
  return page.items;
}

async function getOne(client: AmazonClient, sku: string, call: CallContext): Promise<ListingItem[]> {
  const { sellerId, marketplaceId } = client.settings;
  try {
    const item = await client.asSeller(
      {
        name: "getListingsItem",
        operation: "listingsItems.getListingsItem",
        version: LISTINGS_VERSION,
        path: { sellerId, sku },
        query: { marketplaceIds: marketplaceId, includedData: INCLUDED },
        answer: ListingItem,
      },
      call,
    );
    return [item];
  } catch (error) {
    if (error instanceof ChannelError && error.httpStatus === 404) return [];
    throw error;
  }
}
