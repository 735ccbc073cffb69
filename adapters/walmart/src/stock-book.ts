import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import { isNotFound } from "./failures.ts";
import { Nodes, type NodeStock } from "./nodes.ts";
import { id, wholeNumber } from "./numbers.ts";

/** Walmart's limit. */
export const BOOK_PAGE = 50;
/** What one call reads of a large catalog; the next call goes on. Well within a call's deadline. */
const SLICE_MS = 8_000;
/** A cursor that Walmart no longer takes: the list is begun anew, so often at most. */
const MAX_RESTARTS = 3;

const InventoriesAnswer = z.object({
  meta: z.object({ totalCount: wholeNumber.nullish(), nextCursor: z.string().nullish() }).nullish(),
  elements: z.object({ inventories: z.array(z.unknown()).nullish() }).nullish(),
});
/** One that can't be read here is as one that the list misses. */
const Inventory = z.object({ sku: id, nodes: Nodes });

/**
 * What Walmart holds of every SKU, 50 a call, in a bucket of its own: reading a catalog so spends nothing of what pushes
 * need. The list can miss SKUs (reported by sellers), so one it does not name may exist all the same.
 */
export interface StockBook {
  /** Reads on for some seconds, from page to page: each names the next. @returns whether all of it is read. */
  readOn(call: CallContext, pages?: number): Promise<boolean>;
  find(sku: string): readonly NodeStock[] | undefined;
  skus(): readonly string[];
  /** SKUs in the whole list; undefined before the first page, or where Walmart does not tell. */
  total(): number | undefined;
  /** When the last page was read, epoch milliseconds; undefined before. */
  wholeSince(): number | undefined;
}

export function openStockBook(client: WalmartClient): StockBook {
  const bySku = new Map<string, readonly NodeStock[]>();
  let next: string | undefined;
  let wholeSince: number | undefined;
  let total: number | undefined;
  let restarts = 0;

  async function readPage(call: CallContext): Promise<void> {
    const from = next === undefined ? "" : `&nextCursor=${encodeURIComponent(next)}`;
    const path = `/v3/inventories?limit=${BOOK_PAGE}${from}`;
    const page = await client.send({ bucket: "inventory_list", method: "GET", path, answer: InventoriesAnswer }, call);
    for (const one of page.elements?.inventories ?? []) {
      const { data } = Inventory.safeParse(one);
      if (data) bySku.set(data.sku, data.nodes);
    }
    total = page.meta?.totalCount ?? total;
    const following = page.meta?.nextCursor || undefined;
    // A short page is not the end, a cursor that repeats itself would never come to one.
    if (following === undefined || following === next) wholeSince = Date.now();
    next = following;
  }

  return {
    async readOn(call, pages = Number.POSITIVE_INFINITY) {
      const until = performance.now() + SLICE_MS;
      for (let page = 0; page < pages && wholeSince === undefined && performance.now() < until; page += 1) {
        try {
          await readPage(call);
        } catch (error) {
          // An empty list is a 404, as of items.
          if (next === undefined && isNotFound(error)) wholeSince = Date.now();
          else if (next === undefined || !isRefusedCursor(error) || restarts >= MAX_RESTARTS) throw error;
          else {
            restarts += 1;
            next = undefined;
          }
        }
      }
      return wholeSince !== undefined;
    },
    wholeSince: () => wholeSince,
    find: (sku) => bySku.get(sku),
    skus: () => [...bySku.keys()],
    total: () => total,
  };
}

function isRefusedCursor(error: unknown): boolean {
  return error instanceof ChannelError && error.failure === "rejected" && error.httpStatus === 400;
}
