import { ChannelError, type CallContext, type OrderPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { doubtsOf } from "./doubts.ts";
import { isNotFound } from "./failures.ts";
import { ORDERS_PER_SEARCH, ordersQuery, readOrdersPage, wholeSecond, type OrdersPage } from "./orders-page.ts";
import { isSellerFulfilled, toSnapshot } from "./orders.ts";
import { readReturns, type ReturnsPage } from "./returns.ts";

/** Walmart's clock, and the lag of its order index. Snapshots are cumulative, so seeing an order twice is harmless. */
const OVERLAP_MS = 5 * 60_000;
/** Each return costs one more call, for its order. */
const RETURNS_PAGE = 50;

/**
 * Where polling is: what was modified before `since` was seen. A window, up to `until`, is read orders first, then
 * returns where they are wanted; `next` is Walmart's own query string for the next page, null for the first one. `total`:
 * orders in the window, as its first page said. `isPart`: the window could not be read in one go and was cut in half, so
 * that another one follows at once. `returnsSince`: the returns before the window were not read either, from then on.
 */
const Position = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  reading: z.enum(["orders", "returns", "done"]).default("orders"),
  next: z.string().nullable(),
  total: z.int().default(0),
  isPart: z.boolean().default(false),
  returnsSince: z.iso.datetime().optional(),
});
type Position = z.infer<typeof Position>;

/** One page of the orders modified, and of the returns that arrived, since the cursor, or the connection, less the overlap. */
export async function pollOrders(
  client: WalmartClient,
  settings: WalmartSettings,
  from: string | Date,
  call: CallContext,
): Promise<OrderPage> {
  const now = Date.now();
  const last = typeof from === "string" ? Position.parse(JSON.parse(from)) : connected(from);
  const window = last.reading === "done" ? windowAfter(last, now) : last;
  const limits: CallLimits = { signal: call.signal, urgency: "background" };
  return window.reading === "returns"
    ? await pollReturns(client, window, call, limits)
    : await pollModified(client, settings, window, now, limits);
}

/** As if all was read that came before the connection. */
function connected(at: Date): Position {
  const until = wholeSecond(at.getTime());
  return { since: until, until, reading: "done", next: null, total: 0, isPart: false };
}

function windowAfter(last: Position, now: number): Position {
  return {
    since: last.until,
    until: wholeSecond(now + 999),
    reading: "orders",
    next: null,
    total: 0,
    isPart: false,
    returnsSince: last.returnsSince,
  };
}

async function pollModified(
  client: WalmartClient,
  settings: WalmartSettings,
  window: Position,
  now: number,
  limits: CallLimits,
): Promise<OrderPage> {
  const from = startOf(window.since);
  const first = ordersQuery({ lastModifiedStartDate: wholeSecond(from), lastModifiedEndDate: window.until }, now);
  const page = await readInOneGo(client, window, first, limits);
  if ("readInstead" in page) return { orders: [], cursor: JSON.stringify(page.readInstead), more: true };
  const own = page.orders.filter(isSellerFulfilled);
  const after = settings.restockReturns === "yes" ? "returns" : "done";
  const reading = page.next === null ? after : "orders";
  return {
    orders: own.map((order) => toSnapshot(order)),
    cursor: JSON.stringify({ ...window, reading, next: page.next, total: page.total } satisfies Position),
    more: reading !== "done" || window.isPart,
    completeUntil: window.until,
    signals: doubtsOf(own, from, settings),
  };
}

/**
 * Reads the next page of a window. One of more orders than Walmart lists is read in halves. So is one that Walmart
 * refuses: it does not say whether for that, or because its page query is no longer good. And so is one of which orders
 * were modified since its first page: they left the window, and those behind them moved up, onto pages already read.
 */
async function readInOneGo(
  client: WalmartClient,
  window: Position,
  first: string,
  limits: CallLimits,
): Promise<OrdersPage | { readonly readInstead: Position }> {
  const half = firstHalf(window);
  try {
    const page = await readOrdersPage(client, { first, next: window.next }, limits);
    const isWhole = window.next === null ? page.total <= ORDERS_PER_SEARCH : [0, window.total].includes(page.total);
    return isWhole || !half ? page : { readInstead: half };
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (half) return { readInstead: half };
    if (window.next !== null) return { readInstead: { ...window, next: null } };
    throw error;
  }
}

/** The earlier half of a window, from its first page; undefined for one of a second, which is the shortest. */
function firstHalf(window: Position): Position | undefined {
  const until = wholeSecond((Date.parse(window.since) + Date.parse(window.until)) / 2);
  return Date.parse(until) > Date.parse(window.since) ? { ...window, until, next: null, isPart: true } : undefined;
}

/**
 * The next page of returns. Orders don't wait for them: when they can't be read, the poll is done without, and the next
 * one reads them from there on.
 */
async function pollReturns(
  client: WalmartClient,
  window: Position,
  call: CallContext,
  limits: CallLimits,
): Promise<OrderPage> {
  const since = window.returnsSince ?? window.since;
  const query = new URLSearchParams({
    returnLastModifiedStartDate: wholeSecond(startOf(since)),
    returnLastModifiedEndDate: window.until,
    limit: String(RETURNS_PAGE),
  });
  try {
    const { orders, leftOut, next } = await readReturnsAt(client, window.next, `?${query.toString()}`, limits);
    if (leftOut > 0) call.log.warn({ returns: leftOut }, "returns in an unknown form were left out");
    if (next !== null) return { orders, cursor: JSON.stringify({ ...window, next } satisfies Position), more: true };
    return { orders, ...withoutReturns(window, undefined) };
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure === "rate_limited" || limits.signal.aborted) throw error;
    call.log.warn({ failure: error.failure, code: error.code }, `returns could not be polled: ${error.message}`);
    return { orders: [], ...withoutReturns(window, since) };
  }
}

/** @param returnsSince from when on returns are still to be read; undefined: none are. */
function withoutReturns(window: Position, returnsSince: string | undefined): Omit<OrderPage, "orders"> {
  const done: Position = { ...window, reading: "done", next: null, returnsSince };
  return { cursor: JSON.stringify(done), more: window.isPart, completeUntil: window.until };
}

/** Reads the next page. When Walmart no longer takes its query, the window is read again from its first page. */
async function readReturnsAt(
  client: WalmartClient,
  next: string | null,
  first: string,
  limits: CallLimits,
): Promise<ReturnsPage> {
  try {
    return await readReturns(client, next ?? first, limits);
  } catch (error) {
    if (next !== null && isRefused(error)) return await readReturnsAt(client, null, first, limits);
    if (isNotFound(error)) return { orders: [], leftOut: 0, next: null };
    throw error;
  }
}

function startOf(since: string): number {
  return Date.parse(since) - OVERLAP_MS;
}

function isRefused(error: unknown): boolean {
  return error instanceof ChannelError && error.failure === "rejected";
}
