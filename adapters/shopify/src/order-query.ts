import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { digitsOf } from "./ids.ts";
import { readEdits } from "./order-edits.ts";
import type { ShopifyOrder, ShopifyRefund } from "./orders.ts";
import { allNodes, PageInfo } from "./paging.ts";

const digits = z.string().transform(digitsOf);
const Node = z.object({ id: digits });

const Line = z.object({ id: digits, sku: z.string().nullable(), quantity: z.int(), variant: Node.nullable() });
const Lines = z.object({ nodes: z.array(Line), pageInfo: PageInfo });

/** Nullable, as Shopify's schema has it: one such refund must not keep all orders from being read. */
const RefundLine = z.object({
  id: digits.nullable(),
  quantity: z.int(),
  restockType: z.string().toLowerCase(),
  location: Node.nullable(),
  lineItem: Node,
});
const RefundLines = z.object({ nodes: z.array(RefundLine), pageInfo: PageInfo });
const Refund = z.object({
  id: z.string(),
  createdAt: z.string().nullable(),
  updatedAt: z.string(),
  refundLineItems: RefundLines,
});

/** An order as `orderFields` asks for it; of long lists only the first page. */
export const OrderNode = z.object({
  id: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  edited: z.boolean(),
  retailLocation: Node.nullable(),
  lineItems: Lines,
  refunds: z.array(Refund),
});
export type OrderNode = z.infer<typeof OrderNode>;

const lineFields = `nodes { id sku quantity variant { id } } pageInfo { hasNextPage endCursor }`;
const refundLineFields = `nodes { id quantity restockType location { id } lineItem { id } }
  pageInfo { hasNextPage endCursor }`;

export const orderFields = `id createdAt updatedAt edited retailLocation { id }
  lineItems(first: 50) { ${lineFields} }
  refunds { id createdAt updatedAt refundLineItems(first: 50) { ${refundLineFields} } }`;

const MoreLines = z.object({ order: z.object({ lineItems: Lines }) });
const listLines: Operation<z.infer<typeof MoreLines>> = {
  document: `query OrderLines($id: ID!, $after: String) {
    order(id: $id) { lineItems(first: 250, after: $after) { ${lineFields} } }
  }`,
  cost: 30,
  answer: MoreLines,
};

const MoreRefundLines = z.object({ node: z.object({ refundLineItems: RefundLines }) });
const listRefundLines: Operation<z.infer<typeof MoreRefundLines>> = {
  document: `query RefundLines($id: ID!, $after: String) {
    node(id: $id) { ... on Refund { refundLineItems(first: 250, after: $after) { ${refundLineFields} } } }
  }`,
  cost: 40,
  answer: MoreRefundLines,
};

/** The whole order: what did not fit on the first page of its lists is asked for, and so is what edits changed. */
export async function completeOrder(client: ShopifyClient, node: OrderNode, call: CallContext): Promise<ShopifyOrder> {
  const lines = await allNodes(node.lineItems, async (after) => {
    const { order } = await client.run(listLines, { id: node.id, after }, call);
    return order.lineItems;
  });
  const refunds: ShopifyRefund[] = [];
  for (const refund of node.refunds) refunds.push(await completeRefund(client, refund, call));
  return {
    id: digitsOf(node.id),
    createdAt: node.createdAt,
    locationId: node.retailLocation?.id ?? null,
    lines: lines.map(({ id, sku, quantity, variant }) => ({ id, sku, quantity, variantId: variant?.id ?? null })),
    refunds,
    edits: node.edited ? await readEdits(client, node.id, call) : null,
  };
}

async function completeRefund(
  client: ShopifyClient,
  { id, createdAt, updatedAt, refundLineItems }: z.infer<typeof Refund>,
  call: CallContext,
): Promise<ShopifyRefund> {
  const lines = await allNodes(refundLineItems, async (after) => {
    const { node } = await client.run(listRefundLines, { id, after }, call);
    return node.refundLineItems;
  });
  return {
    id: digitsOf(id),
    createdAt: createdAt ?? updatedAt,
    // What no id names can't be told from what was told before: its units stay sold until they are counted.
    lines: lines.flatMap(({ id, quantity, restockType, location, lineItem }) =>
      id === null ? [] : [{ id, lineId: lineItem.id, quantity, restockType, locationId: location?.id ?? null }],
    ),
  };
}
