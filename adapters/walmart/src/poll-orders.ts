import { ChannelError, type CallContext, type OrderPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import { isSellerFulfilled, toSnapshot, WalmartOrder } from "./orders.ts";

const PAGE_SIZE = 200;
/** Walmart's clock, and the lag of its order index. Snapshots are cumulative, so seeing an order twice is harmless. */
const OVERLAP_MS = 5 * 60_000;
/** Walmart keeps orders this long. */
const HISTORY_MS = 180 * 24 * 3_600_000;

const OrdersAnswer = z.object({
  list: z.object({
    meta: z.object({ nextCursor: z.string().startsWith("?").nullish() }),
    elements: z.object({ order: z.array(WalmartOrder).default([]) }).nullish(),
  }),
});

/**
 * Where polling is: orders modified before `since` were seen. While the pages of one window are read, `next` is
 * Walmart's own query string for the next page and `until` the window's end.
 */
const Position = z.object({ since: z.iso.datetime(), until: z.iso.datetime(), next: z.string().nullable() });
type Position = z.infer<typeof Position>;

/**
 * One page of the orders modified since the cursor. The first poll starts now, less the overlap.
 * Walmart's own next-page query is appended to `/v3/orders` unchanged and alone.
 */
export async function pollOrders(client: WalmartClient, cursor: string | null, call: CallContext): Promise<OrderPage> {
  const now = Date.now();
  const position = cursor === null ? null : Position.parse(JSON.parse(cursor));
  const window: Position = position?.next
    ? position
    : { since: position?.until ?? wholeSecond(now), until: wholeSecond(now + 999), next: null };
  const { list } = await readPage(client, window, now, call);
  // The same page query twice would never end.
  const next = list.meta.nextCursor === window.next ? null : (list.meta.nextCursor ?? null);
  return {
    orders: (list.elements?.order ?? []).filter(isSellerFulfilled).map(toSnapshot),
    cursor: JSON.stringify({ ...window, next } satisfies Position),
    more: next !== null,
  };
}

async function readPage(
  client: WalmartClient,
  window: Position,
  now: number,
  call: CallContext,
): Promise<z.infer<typeof OrdersAnswer>> {
  const read = (query: string) =>
    client.send({ bucket: "orders", method: "GET", path: `/v3/orders${query}`, answer: OrdersAnswer }, call);
  if (window.next === null) return await read(windowQuery(window, now));
  try {
    return await read(window.next);
  } catch (error) {
    // A page query that Walmart no longer takes: read the window again from its first page.
    if (error instanceof ChannelError && error.failure === "rejected") return await read(windowQuery(window, now));
    throw error;
  }
}

/**
 * The created window is named as well: by default Walmart looks only at orders created in the last seven days.
 * `SellerFulfilled` leaves out what Walmart and third parties ship.
 */
function windowQuery(window: Position, now: number): string {
  const query = new URLSearchParams({
    lastModifiedStartDate: wholeSecond(Date.parse(window.since) - OVERLAP_MS),
    lastModifiedEndDate: window.until,
    createdStartDate: wholeSecond(now - HISTORY_MS),
    limit: String(PAGE_SIZE),
    productInfo: "false",
    shipNodeType: "SellerFulfilled",
    replacementInfo: "true",
  });
  return `?${query.toString()}`;
}

/** `2026-11-20T10:00:00Z`, rounded down: the form Walmart documents. */
function wholeSecond(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
