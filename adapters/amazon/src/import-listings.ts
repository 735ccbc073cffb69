import { ChannelError, type CallContext, type ImportedListing, type ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "./client.ts";
import { parseJson } from "./errors.ts";
import type { FulfillmentWatch } from "./fulfillment-watch.ts";
import {
  fulfillmentOf,
  LARGEST_PAGE,
  ListingPage,
  LISTINGS_VERSION,
  unsupportedBecause,
  type ListingItem,
} from "./listings.ts";

/** Paging through one search reaches no further (SP-API model: searchListingsItems). */
const MOST_RESULTS = 1_000;

/**
 * Searches are ordered by creation and reach `MOST_RESULTS` listings each; a larger catalog is read in several, each
 * from the creation date where the one before ended. The boundary's listings come twice.
 */
const Cursor = z.object({
  /** Where this search begins; absent: with the oldest listing. */
  createdAfter: z.iso.datetime().optional(),
  /** Amazon's place within the search. */
  pageToken: z.string().min(1).optional(),
  /** Listings this search has brought. */
  reached: z.number().int(),
  /** The creation date of the newest listing so far. */
  newest: z.iso.datetime().optional(),
  total: z.number().int().nullable(),
});
type Cursor = z.infer<typeof Cursor>;
type Page = z.infer<typeof ListingPage>;

/** Listings of the marketplace, 20 a page, oldest first: pushes move the date of the last update, but not this order. */
export async function importListings(
  client: AmazonClient,
  watch: FulfillmentWatch,
  text: string | null,
  call: CallContext,
): Promise<ImportPage> {
  const { position, page } = await readPage(client, text === null ? undefined : parseCursor(text), call);
  watch.saw(page.items);
  const { marketplaceId } = client.settings;
  const reached = position.reached + page.items.length;
  const newest = newestOf(page, marketplaceId) ?? position.newest;
  const seen: Cursor = { ...position, reached, ...(newest !== undefined && { newest }) };
  const next = nextPage(seen, page.pagination?.nextToken ?? undefined, call);
  return {
    listings: page.items.map((item) => listingOf(item, marketplaceId)),
    total: position.total,
    next: next && JSON.stringify(next),
  };
}

/** A page token that Amazon no longer takes is no reason to begin anew: the search begins where it had come to. */
async function readPage(
  client: AmazonClient,
  cursor: Cursor | undefined,
  call: CallContext,
): Promise<{ readonly position: Cursor; readonly page: Page }> {
  if (!cursor) {
    const page = await search(client, {}, call);
    return { position: { reached: 0, total: totalOf(page) }, page };
  }
  try {
    return { position: cursor, page: await search(client, cursor, call) };
  } catch (error) {
    const isOld = error instanceof ChannelError && error.failure === "rejected";
    if (!isOld || cursor.pageToken === undefined) throw error;
  }
  const again = searchFrom(cursor, cursor.newest);
  return { position: again, page: await search(client, again, call) };
}

function search(client: AmazonClient, position: Partial<Cursor>, call: CallContext): Promise<Page> {
  const { sellerId, marketplaceId } = client.settings;
  const { createdAfter, pageToken } = position;
  return client.asSeller(
    {
      name: "searchListingsItems",
      operation: "listingsItems.searchListingsItems",
      version: LISTINGS_VERSION,
      urgency: "background",
      path: { sellerId },
      query: {
        marketplaceIds: marketplaceId,
        includedData: ["summaries", "fulfillmentAvailability", "attributes"],
        pageSize: String(LARGEST_PAGE),
        sortBy: "createdDate",
        sortOrder: "ASC",
        ...(createdAfter !== undefined && { createdAfter }),
        ...(pageToken !== undefined && { pageToken }),
      },
      answer: ListingPage,
    },
    call,
  );
}

/** Null when Amazon counted no further than a search reaches: the catalog may be larger. */
function totalOf({ numberOfResults }: Page): number | null {
  return numberOfResults === undefined || numberOfResults === MOST_RESULTS ? null : numberOfResults;
}

function nextPage(seen: Cursor, nextToken: string | undefined, call: CallContext): Cursor | null {
  if (seen.reached < MOST_RESULTS) return nextToken === undefined ? null : { ...seen, pageToken: nextToken };
  const { createdAfter, newest } = seen;
  if (newest === undefined) {
    call.log.warn("Amazon tells no creation dates, so the import ends at the 1,000 listings a search reaches");
    return null;
  }
  if (newest !== createdAfter) return searchFrom(seen, newest);
  call.log.warn(
    { created: newest },
    "more listings were created at one instant than a search reaches; some are left out",
  );
  return searchFrom(seen, new Date(Date.parse(newest) + 1).toISOString());
}

function searchFrom({ createdAfter, newest, total }: Cursor, from: string | undefined): Cursor {
  const start = from ?? createdAfter;
  return {
    reached: 0,
    total,
    ...(start !== undefined && { createdAfter: start }),
    ...(newest !== undefined && { newest }),
  };
}

function newestOf({ items }: Page, marketplaceId: string): string | undefined {
  const dates = items.flatMap(({ summaries }) => summaryOf(summaries, marketplaceId)?.createdDate ?? []);
  return dates
    .map((date) => new Date(date).toISOString())
    .toSorted()
    .at(-1);
}

function listingOf(item: ListingItem, marketplaceId: string): ImportedListing {
  const { sku } = item;
  const summary = summaryOf(item.summaries, marketplaceId);
  const { channel, quantity } = fulfillmentOf(item);
  return {
    sku,
    externalId: sku,
    externalLocationId: null,
    // Amazon takes PRODUCT for patches that touch the offer alone (Amazon docs: manage listings tutorials).
    external: { productType: summary?.productType ?? "PRODUCT", fulfillmentChannel: channel },
    lineRef: sku,
    title: summary?.itemName ?? sku,
    barcode: item.attributes?.externally_assigned_product_identifier?.[0]?.value ?? null,
    available: quantity,
    unsupported: unsupportedBecause(channel),
  };
}

function summaryOf(summaries: ListingItem["summaries"], marketplaceId: string) {
  return summaries.find((one) => one.marketplaceId === marketplaceId);
}

function parseCursor(text: string): Cursor {
  const parsed = Cursor.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ChannelError("rejected", "the stored place of the import can't be read; start it again", {
    code: "bad_cursor",
  });
}
