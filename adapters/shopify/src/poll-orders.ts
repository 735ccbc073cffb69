import { ChannelError, type CallContext, type OrderPage, type OrderSnapshot } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { completeOrder, orderFields, OrderNode } from "./order-query.ts";
import { snapshotOf } from "./orders.ts";
import { PageInfo, withinCost } from "./paging.ts";

const ORDERS_PER_PAGE = [50, 20, 5, 1];

/**
 * Calls after which a page ends before its last order: one that was edited, or is very long, takes several more, and all
 * of a poll's have 15 s. A page that ran out of them would be asked for again for ever.
 */
const FURTHER_CALLS = 20;

/** Orders may become findable late, under an earlier `updatedAt`. */
const OVERLAP_MS = 5 * 60_000;

/**
 * `updatedAfter`: the newest `updatedAt` read to the end; before any was, when the channel was connected. `after`:
 * Shopify's own cursor, between two pages.
 */
const Cursor = z.object({ updatedAfter: z.iso.datetime(), after: z.string().optional() });
type Cursor = z.infer<typeof Cursor>;

const Edge = z.object({ cursor: z.string(), node: OrderNode });
const Orders = z.object({ orders: z.object({ edges: z.array(Edge), pageInfo: PageInfo }) });

const listOrders: Operation<z.infer<typeof Orders>> = {
  document: `query Orders($first: Int!, $query: String!, $after: String) {
    orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
      edges { cursor node { ${orderFields} } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  cost: 400,
  answer: Orders,
};

/**
 * Orders updated since the cursor, or the connection, less the overlap, oldest first, at most one page a call. Without
 * the scope read_all_orders Shopify shows the last 60 days only.
 */
export async function pollOrders(client: ShopifyClient, from: string | Date, call: CallContext): Promise<OrderPage> {
  const { updatedAfter, after }: Cursor =
    typeof from === "string" ? parseCursor(from) : { updatedAfter: from.toISOString() };
  const since = new Date(Date.parse(updatedAfter) - OVERLAP_MS).toISOString();
  const { edges, pageInfo } = await withinCost(ORDERS_PER_PAGE, async (first) => {
    const variables = { first, query: `updated_at:>='${since}'`, after: after ?? null };
    return (await client.run(listOrders, variables, call)).orders;
  });
  const orders = await completeOrders(client, edges, call);
  const last = edges[orders.length - 1];
  if (last && (orders.length < edges.length || pageInfo.hasNextPage)) {
    return { orders, cursor: stored({ updatedAfter, after: last.cursor }), more: true };
  }
  return { orders, cursor: stored({ updatedAfter: later(updatedAfter, last?.node.updatedAt) }), more: false };
}

/** One order at least, and as many of those after it as the calls suffice for. */
async function completeOrders(
  client: ShopifyClient,
  edges: readonly z.infer<typeof Edge>[],
  call: CallContext,
): Promise<readonly OrderSnapshot[]> {
  let calls = 0;
  const counting: ShopifyClient = {
    ...client,
    run(...request) {
      calls += 1;
      return client.run(...request);
    },
  };
  const orders: OrderSnapshot[] = [];
  for (const { node } of edges) {
    if (calls >= FURTHER_CALLS) break;
    orders.push(snapshotOf(await completeOrder(counting, node, call)));
  }
  return orders;
}

/** Within the overlap the last order may be older than what was read before. */
function later(time: string, other: string | undefined): string {
  return other !== undefined && Date.parse(other) > Date.parse(time) ? new Date(other).toISOString() : time;
}

function stored(cursor: Cursor): string {
  return JSON.stringify(cursor);
}

function parseCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(text));
  } catch {
    throw new ChannelError("rejected", "the order cursor is not one of this adapter's", { code: "invalid_cursor" });
  }
}
