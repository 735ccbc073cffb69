import { ChannelError, type CallContext, type OrderPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { doubtsOf } from "./doubts.ts";
import type { Seller } from "./locations.ts";
import { ordersQuery, readOrdersPage, wholeSecond } from "./orders-page.ts";
import { isSellerFulfilled, toSnapshot } from "./orders.ts";
import { readReturns } from "./returns.ts";

/** Walmart's clock, and the lag of its order index. Snapshots are cumulative, so seeing an order twice is harmless. */
const OVERLAP_MS = 5 * 60_000;
/** Each return costs one more call, for its order. */
const RETURNS_PAGE = 50;

/**
 * Where polling is: what was modified before `since` was seen. A window, up to `until`, is read orders first, then
 * returns where they are wanted; `next` is Walmart's own query string for the next page, null for the first one.
 */
const Position = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  reading: z.enum(["orders", "returns", "done"]).default("orders"),
  next: z.string().nullable(),
});
type Position = z.infer<typeof Position>;

/** One page of the orders modified, and of the returns that arrived, since the cursor. The first poll starts now, less the overlap. */
export async function pollOrders(
  client: WalmartClient,
  seller: Seller,
  cursor: string | null,
  call: CallContext,
): Promise<OrderPage> {
  const now = Date.now();
  const position = cursor === null ? null : Position.parse(JSON.parse(cursor));
  const window = position && position.reading !== "done" ? position : windowAfter(position, now);
  const limits: CallLimits = { signal: call.signal, urgency: "background" };
  return window.reading === "returns"
    ? await pollReturns(client, window, limits)
    : await pollModified(client, seller, window, now, call, limits);
}

function windowAfter(last: Position | null, now: number): Position {
  return { since: last?.until ?? wholeSecond(now), until: wholeSecond(now + 999), reading: "orders", next: null };
}

async function pollModified(
  client: WalmartClient,
  seller: Seller,
  window: Position,
  now: number,
  call: CallContext,
  limits: CallLimits,
): Promise<OrderPage> {
  const from = startOf(window);
  const first = ordersQuery({ lastModifiedStartDate: wholeSecond(from), lastModifiedEndDate: window.until }, now);
  const { orders, next } = await readFrom(window.next, first, (query) => readOrdersPage(client, query, limits));
  const own = orders.filter(isSellerFulfilled);
  const after = seller.settings.restockReturns === "yes" ? "returns" : "done";
  const reading = next === null ? after : "orders";
  return {
    orders: own.map((order) => toSnapshot(order)),
    cursor: JSON.stringify({ ...window, reading, next } satisfies Position),
    more: reading !== "done",
    signals: await doubtsOf(own, from, seller, call),
  };
}

async function pollReturns(client: WalmartClient, window: Position, limits: CallLimits): Promise<OrderPage> {
  const query = new URLSearchParams({
    returnLastModifiedStartDate: wholeSecond(startOf(window)),
    returnLastModifiedEndDate: window.until,
    limit: String(RETURNS_PAGE),
  });
  const first = `?${query.toString()}`;
  const { orders, next } = await readFrom(window.next, first, (page) => readReturns(client, page, limits));
  const reading = next === null ? "done" : "returns";
  return { orders, cursor: JSON.stringify({ ...window, reading, next } satisfies Position), more: next !== null };
}

function startOf(window: Position): number {
  return Date.parse(window.since) - OVERLAP_MS;
}

/** Reads the next page. When Walmart no longer takes its query, the window is read again from its first page. */
async function readFrom<Page>(
  next: string | null,
  first: string,
  read: (query: string) => Promise<Page>,
): Promise<Page> {
  try {
    return await read(next ?? first);
  } catch (error) {
    if (next !== null && error instanceof ChannelError && error.failure === "rejected") return await read(first);
    throw error;
  }
}
