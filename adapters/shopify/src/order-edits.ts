import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { digitsOf } from "./ids.ts";
import type { ShopifySale } from "./orders.ts";
import { allNodes, PageInfo } from "./paging.ts";

/** `lineItem` is there on sales of products only, not on tips, fees and shipping. */
const Sale = z.object({
  id: z.string(),
  actionType: z.string(),
  quantity: z.int().nullable(),
  lineItem: z.object({ id: z.string() }).optional(),
});
const Sales = z.object({ nodes: z.array(Sale), pageInfo: PageInfo });
const Agreement = z.object({ happenedAt: z.string(), reason: z.string(), sales: Sales });
const Answer = z.object({
  order: z.object({ agreements: z.object({ nodes: z.array(Agreement), pageInfo: PageInfo }) }).nullable(),
});

const readAgreement: Operation<z.infer<typeof Answer>> = {
  document: `query Agreement($id: ID!, $after: String, $afterSale: String) {
    order(id: $id) {
      agreements(first: 1, after: $after) {
        nodes {
          happenedAt
          reason
          sales(first: 250, after: $afterSale) {
            nodes { id actionType quantity ... on ProductSale { lineItem { id } } }
            pageInfo { hasNextPage endCursor }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`,
  cost: 50,
  answer: Answer,
};

const nothing = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

/**
 * What the order and its edits sold, each sale with an id of its own (Shopify docs: SalesAgreement). The line's own
 * `quantity` tells only the sum. An agreement is read at a time, for its sales may fill several pages.
 */
export async function readEdits(
  client: ShopifyClient,
  orderId: string,
  call: CallContext,
): Promise<readonly ShopifySale[]> {
  const read = async (after: string | null, afterSale: string | null = null) => {
    const { order } = await client.run(readAgreement, { id: orderId, after, afterSale }, call);
    return order?.agreements ?? nothing;
  };
  const sold: ShopifySale[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof read>> = await read(after);
    const [agreement] = page.nodes;
    if (agreement) {
      const from = after;
      const sales = await allNodes(agreement.sales, async (afterSale) => {
        const [rest] = (await read(from, afterSale)).nodes;
        return rest?.sales ?? nothing;
      });
      sold.push(...sales.flatMap((sale) => soldBy(agreement, sale)));
    }
    if (!page.pageInfo.hasNextPage) return sold;
    after = page.pageInfo.endCursor;
  }
}

/**
 * What refunds and returns took back is told by the refunds, and an item that a return gave in exchange is a line of its
 * own. A price change has no units, or those of a sale that was told before.
 */
function soldBy(
  { reason, happenedAt }: z.infer<typeof Agreement>,
  { id, actionType, quantity, lineItem }: z.infer<typeof Sale>,
): ShopifySale[] {
  const isSale = actionType === "ORDER" && (reason === "ORDER" || reason === "ORDER_EDIT");
  if (!isSale || !lineItem || quantity === null || quantity <= 0) return [];
  const editId = reason === "ORDER_EDIT" ? digitsOf(id) : null;
  return [{ editId, lineId: digitsOf(lineItem.id), quantity, happenedAt }];
}
