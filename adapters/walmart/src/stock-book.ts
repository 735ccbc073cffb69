import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import { Nodes, type NodeStock } from "./nodes.ts";
import { id, wholeNumber } from "./numbers.ts";

/** Walmart's limit. */
export const BOOK_PAGE = 50;
/** What one call reads of a large catalog; the next call goes on. Well within a call's deadline. */
const SLICE_MS = 8_000;
/** A cursor that Walmart no longer takes: the list is begun anew, so often at most. */
const MAX_RESTARTS = 3;

const InventoriesAnswer = z.object({
  meta: z.object({ totalCount: wholeNumber.optional(), nextCursor: z.string().nullish() }),
  elements: z.object({ inventories: z.array(z.object({ sku: id, nodes: Nodes })).default([]) }).nullish(),
});

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
  /** When the first page was read, epoch milliseconds. */
  readonly begunAt: number;
}

export function openStockBook(client: WalmartClient): StockBook {
  const bySku = new Map<string, readonly NodeStock[]>();
  let next: string | undefined;
  let isWhole = false;
  let total: number | undefined;
  let restarts = 0;

  async function readPage(call: CallContext): Promise<void> {
    const from = next === undefined ? "" : `&nextCursor=${encodeURIComponent(next)}`;
    const path = `/v3/inventories?limit=${BOOK_PAGE}${from}`;
    const page = await client.send({ bucket: "inventory_list", method: "GET", path, answer: InventoriesAnswer }, call);
    for (const { sku, nodes } of page.elements?.inventories ?? []) bySku.set(sku, nodes);
    total = page.meta.totalCount ?? total;
    const following = page.meta.nextCursor || undefined;
    // A short page is not the end, a cursor that repeats itself would never come to one.
    isWhole = following === undefined || following === next;
    next = following;
  }

  return {
    begunAt: Date.now(),
    async readOn(call, pages = Number.POSITIVE_INFINITY) {
      const until = performance.now() + SLICE_MS;
      for (let page = 0; page < pages && !isWhole && performance.now() < until; page += 1) {
        try {
          await readPage(call);
        } catch (error) {
          if (!isRefusedCursor(error) || next === undefined || restarts >= MAX_RESTARTS) throw error;
          restarts += 1;
          next = undefined;
        }
      }
      return isWhole;
    },
    find: (sku) => bySku.get(sku),
    skus: () => [...bySku.keys()],
    total: () => total,
  };
}

function isRefusedCursor(error: unknown): boolean {
  return error instanceof ChannelError && error.failure === "rejected" && error.httpStatus === 400;
}
