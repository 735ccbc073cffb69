import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { WalmartOrder } from "./orders.ts";

/** Walmart's limit. */
export const ORDERS_PAGE = 200;
/** Walmart keeps orders this long. */
const HISTORY_MS = 180 * 24 * 3_600_000;

const OrdersAnswer = z.object({
  list: z.object({
    meta: z.object({ nextCursor: z.string().startsWith("?").nullish() }),
    elements: z.object({ order: z.array(WalmartOrder).default([]) }).nullish(),
  }),
});

export interface OrdersPage {
  readonly orders: readonly WalmartOrder[];
  /** Walmart's own query of the next page, to be appended to `/v3/orders` unchanged and alone; null at the end. */
  readonly next: string | null;
}

/** @param query of `ordersQuery`, or the `next` of the page before. */
export async function readOrdersPage(client: WalmartClient, query: string, limits: CallLimits): Promise<OrdersPage> {
  const { list } = await client.send(
    { bucket: "orders", method: "GET", path: `/v3/orders${query}`, answer: OrdersAnswer },
    limits,
  );
  // The same page query twice would never end.
  const next = list.meta.nextCursor === query ? null : (list.meta.nextCursor ?? null);
  return { orders: list.elements?.order ?? [], next };
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
