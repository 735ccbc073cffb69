import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { inTurn } from "./in-turn.ts";
import { namedNode, readNodes, shownAt, type NodeStock } from "./nodes.ts";
import { LISTINGS_PER_CALL } from "./push-inventory.ts";
import type { RecentReads } from "./recent-reads.ts";
import { BOOK_PAGE, openStockBook, type StockBook } from "./stock-book.ts";

/** More pages than this, one after the other, would outlast a call's deadline. */
const MAX_PAGES = 40;

/** What Walmart holds of a SKU, or why it holds nothing. */
type Found = readonly NodeStock[] | { readonly missing: string };

/**
 * Reads what buyers can buy. Few listings are read SKU by SKU. Where the list of all the seller's inventories is the
 * shorter way it is read instead, 50 SKUs a call, and only what it does not name SKU by SKU.
 *
 * @throws {ChannelError} when any read failed other than by a 404, which is that listing's `missing`: an unknown SKU, or one not yet ingested.
 */
export async function readInventory(
  client: WalmartClient,
  settings: WalmartSettings,
  recent: RecentReads,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const skus = [...new Set(listings.map(({ externalId }) => externalId))];
  const listed = await readList(client, skus.length, call);
  const found = new Map<string, Found>(
    await inTurn(skus, LISTINGS_PER_CALL, async (sku) => {
      const nodes = listed?.find(sku) ?? (await readOne(client, sku, call));
      if (isRead(nodes) && skus.length <= LISTINGS_PER_CALL) recent.keep(sku, nodes);
      return [sku, nodes] as const;
    }),
  );
  return listings.map((listing): ReadOutcome => {
    const nodes = found.get(listing.externalId) ?? [];
    return isRead(nodes)
      ? { status: "read", ...shownAt(nodes, namedNode(listing, settings)) }
      : { status: "missing", message: nodes.missing, mayAppear: true };
  });
}

/** The whole list, where it takes fewer calls than reading so many SKUs one by one. */
async function readList(client: WalmartClient, skus: number, call: CallContext): Promise<StockBook | undefined> {
  if (skus <= BOOK_PAGE) return undefined;
  const book = openStockBook(client);
  let isWhole = await book.readOn(call, 1);
  const pages = Math.ceil((book.total() ?? Number.POSITIVE_INFINITY) / BOOK_PAGE);
  if (!isWhole && pages > Math.min(MAX_PAGES, skus)) return undefined;
  while (!isWhole) isWhole = await book.readOn(call);
  return book;
}

async function readOne(client: WalmartClient, sku: string, call: CallContext): Promise<Found> {
  try {
    return await readNodes(client, sku, call);
  } catch (error) {
    if (isNotFound(error)) return { missing: error.message };
    throw error;
  }
}

function isRead(found: Found): found is readonly NodeStock[] {
  return Array.isArray(found);
}
