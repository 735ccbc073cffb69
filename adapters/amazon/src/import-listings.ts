import type { CallContext, ImportedListing, ImportPage } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import {
  fulfillmentOf,
  LARGEST_PAGE,
  ListingPage,
  LISTINGS_VERSION,
  unsupportedBecause,
  type ListingItem,
} from "./listings.ts";

/** Paging reaches no further (SP-API model: searchListingsItems). */
const MOST_RESULTS = 1_000;

/** Listings of the marketplace, 20 a page; the cursor is Amazon's page token. */
export async function importListings(
  client: AmazonClient,
  cursor: string | null,
  call: CallContext,
): Promise<ImportPage> {
  const { sellerId, marketplaceId } = client.settings;
  const page = await client.asSeller(
    {
      name: "searchListingsItems",
      operation: "listingsItems.searchListingsItems",
      version: LISTINGS_VERSION,
      path: { sellerId },
      query: {
        marketplaceIds: marketplaceId,
        includedData: ["summaries", "fulfillmentAvailability"],
        pageSize: String(LARGEST_PAGE),
        // Not the date of the last update, which our own pushes move while we page.
        sortBy: "createdDate",
        sortOrder: "ASC",
        ...(cursor !== null && { pageToken: cursor }),
      },
      answer: ListingPage,
    },
    call,
  );
  const total = page.numberOfResults ?? 0;
  if (cursor === null && total > MOST_RESULTS) {
    call.log.warn({ total, reachable: MOST_RESULTS }, "the catalog is larger than Amazon lets an import page through");
  }
  return {
    listings: page.items.map((item) => listingOf(item, marketplaceId)),
    next: page.pagination?.nextToken ?? null,
  };
}

function listingOf(item: ListingItem, marketplaceId: string): ImportedListing {
  const { sku } = item;
  const summary = item.summaries.find((one) => one.marketplaceId === marketplaceId);
  const { channel, quantity } = fulfillmentOf(item);
  return {
    sku,
    externalId: sku,
    externalLocationId: null,
    // Amazon takes PRODUCT for patches that touch the offer alone (Amazon docs: manage listings tutorials).
    external: { productType: summary?.productType ?? "PRODUCT", fulfillmentChannel: channel },
    lineRef: sku,
    title: summary?.itemName ?? sku,
    available: quantity,
    unsupported: unsupportedBecause(channel),
  };
}
