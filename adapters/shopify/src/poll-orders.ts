import { ChannelError, type CallContext, type OrderPage, type OrderSnapshot } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { completeOrder, orderFields, OrderNode } from "./order-query.ts";
import { snapshotOf } from "./orders.ts";
import { PageInfo, withinCost } from "./paging.ts";

const ORDERS_PER_PAGE = [50, 20, 5, 1];

/** Orders may become findable late, under an earlier `updatedAt`. */
const OVERLAP_MS = 5 * 60_000;

/** `updatedAfter`: the newest `updatedAt` read to the end. `after`: Shopify's own cursor, between two pages. */
const Cursor = z.object({ updatedAfter: z.iso.datetime(), after: z.string().optional() });
type Cursor = z.infer<typeof Cursor>;

const Orders = z.object({ orders: z.object({ nodes: z.array(OrderNode), pageInfo: PageInfo }) });

const listOrders: Operation<z.infer<typeof Orders>> = {
  document: `query Orders($first: Int!, $query: String!, $after: String) {
    orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
      nodes { ${orderFields} }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  cost: 400,
  answer: Orders,
};

/**
 * Orders updated since the cursor less the overlap, oldest first, one page a call. A new channel starts one overlap
 * back. Without the scope read_all_orders Shopify shows the last 60 days only.
 */
export async function pollOrders(client: ShopifyClient, cursor: string | null, call: CallContext): Promise<OrderPage> {
  const { updatedAfter, after }: Cursor = cursor === null ? { updatedAfter: now() } : parseCursor(cursor);
  const from = new Date(Date.parse(updatedAfter) - OVERLAP_MS).toISOString();
  const { nodes, pageInfo } = await withinCost(ORDERS_PER_PAGE, async (first) => {
    const variables = { first, query: `updated_at:>='${from}'`, after: after ?? null };
    return (await client.run(listOrders, variables, call)).orders;
  });
  const orders: OrderSnapshot[] = [];
  for (const node of nodes) orders.push(snapshotOf(await completeOrder(client, node, call)));
  if (pageInfo.hasNextPage && pageInfo.endCursor !== null) {
    return { orders, cursor: stored({ updatedAfter, after: pageInfo.endCursor }), more: true };
  }
  return { orders, cursor: stored({ updatedAfter: later(updatedAfter, nodes.at(-1)?.updatedAt) }), more: false };
}

function now(): string {
  return new Date().toISOString();
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
