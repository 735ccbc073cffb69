import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { isNotFound } from "./failures.ts";
import { wholeNumber } from "./numbers.ts";
import { WalmartOrder } from "./orders.ts";

/** Walmart's limit. */
export const ORDERS_PAGE = 200;
/** More than this Walmart does not list of one search (docs: "All orders"; an older text of the same says 20,000). */
export const ORDERS_PER_SEARCH = 10_000;
/** Walmart keeps orders for 180 days. An hour less: what is older by the time the call arrives may be refused. */
const HISTORY_MS = (180 * 24 - 1) * 3_600_000;

const OrdersAnswer = z.object({
  list: z.object({
    meta: z
      .object({
        totalCount: wholeNumber.nullish(),
        nextCursor: z.union([z.string().startsWith("?"), z.literal("")]).nullish(),
      })
      .nullish(),
    elements: z.object({ order: z.array(WalmartOrder).nullish() }).nullish(),
  }),
});

export interface OrdersPage {
  readonly orders: readonly WalmartOrder[];
  /** Orders on all pages; 0 where Walmart does not tell. */
  readonly total: number;
  /** Walmart's own query of the next page, to be appended to `/v3/orders` unchanged and alone; null at the end. */
  readonly next: string | null;
}

const empty: OrdersPage = { orders: [], total: 0, next: null };

/** A search, and where it is. */
export interface OrdersSearch {
  /** Of `ordersQuery`. */
  readonly first: string;
  /** `next` of the page before; null for the first page. */
  readonly next: string | null;
}

export async function readOrdersPage(
  client: WalmartClient,
  { first, next }: OrdersSearch,
  limits: CallLimits,
): Promise<OrdersPage> {
  const query = next ?? first;
  try {
    const path = `/v3/orders${query}`;
    const { list } = await client.send({ bucket: "orders", method: "GET", path, answer: OrdersAnswer }, limits);
    const following = list.meta?.nextCursor || null;
    return {
      orders: list.elements?.order ?? [],
      total: list.meta?.totalCount ?? 0,
      // The same page query twice would never end.
      next: following === query ? null : following,
    };
  } catch (error) {
    // A search that finds nothing is a 404 (reported by sellers). One in the middle of a list is not its end.
    if (next === null && isNotFound(error)) return empty;
    throw error;
  }
}

/**
 * The created window is named as well: by default Walmart looks only at orders created in the last seven days.
 * `SellerFulfilled` leaves out what Walmart and third parties ship.
 */
export function ordersQuery(filter: { readonly [parameter: string]: string }, now: number): string {
  const query = new URLSearchParams({
    ...filter,
    createdStartDate: wholeSecond(now - HISTORY_MS),
    limit: String(ORDERS_PAGE),
    productInfo: "false",
    shipNodeType: "SellerFulfilled",
    replacementInfo: "true",
  });
  return `?${query.toString()}`;
}

/** `2026-11-20T10:00:00Z`, rounded down: the form Walmart documents. */
export function wholeSecond(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
