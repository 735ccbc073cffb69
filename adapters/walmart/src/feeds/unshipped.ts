import { ChannelError } from "@lastunit/adapter-contract";
import type { CallLimits, WalmartClient } from "../client.ts";
import { inTurn } from "../in-turn.ts";
import { findNodes, type NodeStock } from "../nodes.ts";
import { ordersQuery, readOrdersPage, wholeSecond, type OrdersPage, type OrdersSearch } from "../orders-page.ts";

/** 5,000 orders; a seller with more of them open, or with more than Walmart lists, is treated as if every SKU had some. */
const MAX_PAGES = 25;
/** Reads beside a feed: half of what a minute allows, so that pushes have the rest, in a part of a call's deadline. */
const MAX_READS = 100;
const READ_FOR_MS = 4_000;
const READS_AT_ONCE = 10;

/** Which SKUs Walmart may hold units of as sold and not yet shipped. */
export type MayBeReserved = (sku: string) => boolean;

/**
 * SKUs that Walmart may count as reserved: those of orders not yet shipped and, where `since` is given, of orders that
 * changed after it. A superset of what is reserved, for a few calls of the largest bucket.
 */
export async function findReserved(
  client: WalmartClient,
  since: number | null,
  limits: CallLimits,
): Promise<MayBeReserved> {
  const filters = [
    { status: "Created" },
    { status: "Acknowledged" },
    ...(since === null ? [] : [{ lastModifiedStartDate: wholeSecond(since) }]),
  ];
  const skus = new Set<string>();
  for (const filter of filters) {
    const first = ordersQuery(filter, Date.now());
    let next: string | null = null;
    let page = 0;
    do {
      const search: OrdersSearch = { first, next };
      const read: OrdersPage | undefined =
        page < MAX_PAGES ? await readUnlessRefused(client, search, limits) : undefined;
      if (!read) return () => true;
      for (const order of read.orders) for (const { item } of order.orderLines.orderLine) skus.add(item.sku);
      next = read.next;
      page += 1;
    } while (next !== null);
  }
  return (sku) => skus.has(sku);
}

async function readUnlessRefused(
  client: WalmartClient,
  search: OrdersSearch,
  limits: CallLimits,
): Promise<OrdersPage | undefined> {
  try {
    return await readOrdersPage(client, search, limits);
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "rejected") return undefined;
    throw error;
  }
}

/**
 * What Walmart holds of as many of these SKUs as can be read in some seconds. The others are not in the result, nor is one
 * whose own read fails: thousands of others must not wait for it.
 */
export async function readSome(
  client: WalmartClient,
  skus: readonly string[],
  limits: CallLimits,
): Promise<ReadonlyMap<string, readonly NodeStock[]>> {
  const some = [...new Set(skus)].slice(0, MAX_READS);
  const until = performance.now() + READ_FOR_MS;
  const read = await inTurn(some, READS_AT_ONCE, async (sku) =>
    performance.now() < until ? await readUnlessFailed(client, sku, limits) : [],
  );
  return new Map(read.flat());
}

async function readUnlessFailed(client: WalmartClient, sku: string, limits: CallLimits) {
  try {
    return [[sku, await findNodes(client, sku, limits)]] as const;
  } catch (error) {
    const isItsOwn = error instanceof ChannelError && ["unavailable", "rejected"].includes(error.failure);
    if (isItsOwn && !limits.signal.aborted) return [];
    throw error;
  }
}
