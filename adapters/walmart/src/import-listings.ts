import { ChannelError, type CallContext, type ImportedListing, type ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { isNotFound } from "./failures.ts";
import { inTurn } from "./in-turn.ts";
import { Item, listingsOf } from "./imported-item.ts";
import type { Seller } from "./locations.ts";
import { findNodes } from "./nodes.ts";
import { wholeNumber } from "./numbers.ts";
import { openStockBook, type StockBook } from "./stock-book.ts";

/** Walmart's limit. */
const PAGE_SIZE = 50;
const READS_AT_ONCE = 10;
/** Walmart's limit of `offset`; what comes after is named by the inventories alone. */
const MAX_OFFSET = 10_000;
/** A snapshot lives two minutes: an import in 100 pieces has lasted hours. */
const MAX_RESTARTS = 100;
/** An import that goes on longer than this after it read the inventories reads them anew. */
const BOOK_MS = 15 * 60_000;

const ItemsAnswer = z.object({
  ItemResponse: z.array(Item).default([]),
  totalItems: wholeNumber.nullish(),
  nextCursor: z.string().optional(),
});

/**
 * Where an import is. Walmart's cursor names a snapshot of the catalog and stays the same over all pages; `offset` moves.
 * A snapshot lives about two minutes, then another one is opened, `restarts` times at most. `after`: the rest of a
 * catalog that is longer than Walmart lists, SKU by SKU in order.
 */
const Position = z.union([
  z.object({ snapshot: z.string(), offset: z.int(), restarts: z.int() }),
  z.object({ after: z.string() }),
]);
type Position = z.infer<typeof Position>;
type InList = Extract<Position, { readonly offset: number }>;

const start: InList = { snapshot: "*", offset: 0, restarts: 0 };

/** An import by one process. All it remembers can be read again by another. */
export interface Importer {
  /** One page of the seller's items, each with what buyers can buy. A page may be empty while the inventories are read. */
  page(cursor: string | null, call: CallContext): Promise<ImportPage>;
}

export function createImporter(client: WalmartClient, { settings, nodesOfAccount }: Seller): Importer {
  let book: StockBook | undefined;
  let imported = new Set<string>();

  function bookFor(cursor: string | null): StockBook {
    if (book && cursor !== null && Date.now() - (book.wholeSince() ?? Date.now()) < BOOK_MS) return book;
    imported = new Set();
    book = openStockBook(client);
    return book;
  }

  async function toListings(
    items: readonly Item[],
    stock: StockBook,
    account: readonly string[],
    call: CallContext,
  ): Promise<ImportedListing[]> {
    const found = await inTurn(items, READS_AT_ONCE, async (item) => {
      // The list of inventories can miss a SKU.
      const nodes = stock.find(item.sku) ?? (await findNodes(client, item.sku, background(call)));
      return listingsOf(item, nodes, { settings, account });
    });
    for (const { sku } of items) imported.add(sku);
    return found.flat();
  }

  return {
    async page(cursor, call) {
      const position = cursor === null ? start : Position.parse(JSON.parse(cursor));
      const stock = bookFor(cursor);
      if (!(await stock.readOn(background(call)))) return { listings: [], total: null, next: JSON.stringify(position) };
      const account = settings.shipNode === undefined ? await nodesOfAccount(call) : [settings.shipNode];
      const { items, total, next } =
        "after" in position
          ? await readRest(client, stock, imported, position.after, background(call))
          : await readList(client, position, background(call));
      const listings = await toListings(items, stock, account, call);
      // With several nodes an item makes several listings.
      return { listings, total: account.length > 1 ? null : total, next };
    },
  };
}

function background<Limits extends CallLimits>(call: Limits): Limits {
  return { ...call, urgency: "background" };
}

interface ItemsPage {
  readonly items: readonly Item[];
  /** Items in the catalog; null where Walmart does not tell. */
  readonly total: number | null;
  readonly next: string | null;
}

async function readList(client: WalmartClient, asked: InList, limits: CallLimits): Promise<ItemsPage> {
  const { position, page } = await readPage(client, asked, limits);
  const items = page.ItemResponse;
  const total = page.totalItems ?? null;
  const offset = position.offset + items.length;
  const snapshot = position.snapshot === start.snapshot ? page.nextCursor : position.snapshot;
  if (items.length === 0 || offset >= (total ?? Number.POSITIVE_INFINITY) || snapshot === undefined) {
    return { items, total, next: null };
  }
  const next: Position = offset > MAX_OFFSET ? { after: "" } : { snapshot, offset, restarts: position.restarts };
  return { items, total, next: JSON.stringify(next) };
}

async function readPage(
  client: WalmartClient,
  position: InList,
  limits: CallLimits,
): Promise<{ readonly position: InList; readonly page: z.infer<typeof ItemsAnswer> }> {
  const { snapshot, offset, restarts } = position;
  const path = `/v3/items?limit=${PAGE_SIZE}&nextCursor=${encodeURIComponent(snapshot)}&offset=${offset}`;
  try {
    return { position, page: await client.send({ bucket: "items", method: "GET", path, answer: ItemsAnswer }, limits) };
  } catch (error) {
    // No items is a 404 here, not an empty list.
    if (isNotFound(error)) return { position, page: { ItemResponse: [] } };
    if (!isExpired(error) || snapshot === start.snapshot || restarts >= MAX_RESTARTS) throw error;
  }
  // Only a first page opens a snapshot. What was added or retired since may have moved the rest by some places.
  const opened = await readPage(client, start, limits);
  const renewed = { snapshot: opened.page.nextCursor ?? snapshot, restarts: restarts + 1 };
  return await readPage(client, { ...renewed, offset: Math.max(0, offset - PAGE_SIZE) }, limits);
}

/** A snapshot that ran out is refused as an invalid cursor. */
function isExpired(error: unknown): boolean {
  return error instanceof ChannelError && error.httpStatus === 400;
}

/** The next of the SKUs that the list of items did not reach. */
async function readRest(
  client: WalmartClient,
  stock: StockBook,
  imported: ReadonlySet<string>,
  after: string,
  limits: CallLimits,
): Promise<ItemsPage> {
  const rest = stock.skus().filter((sku) => sku > after && !imported.has(sku));
  const skus = rest.toSorted().slice(0, PAGE_SIZE);
  const items = await inTurn(skus, READS_AT_ONCE, (sku) => readItem(client, sku, limits));
  const last = skus.at(-1);
  const next =
    last !== undefined && rest.length > skus.length ? JSON.stringify({ after: last } satisfies Position) : null;
  return { items: items.filter((item) => item !== undefined), total: null, next };
}

async function readItem(client: WalmartClient, sku: string, limits: CallLimits): Promise<Item | undefined> {
  const path = `/v3/items/${encodeURIComponent(sku)}?productIdType=SKU`;
  try {
    const page = await client.send({ bucket: "item", method: "GET", path, answer: ItemsAnswer }, limits);
    return page.ItemResponse.find((item) => item.sku === sku);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
