/** An order as a test states it, and the two forms in which Shopify tells it. */
export interface TestOrder {
  readonly id: bigint;
  readonly locationId: bigint | null;
  readonly lines: readonly {
    readonly id: bigint;
    readonly variantId: bigint | null;
    readonly sku: string | null;
    readonly quantity: number;
  }[];
  readonly refunds: readonly {
    readonly id: bigint;
    readonly lines: readonly {
      readonly id: bigint;
      readonly lineId: bigint;
      readonly quantity: number;
      readonly restockType: string;
      readonly locationId: bigint | null;
    }[];
  }[];
  /** Units that edits added to lines, oldest first. A line's own quantity has them in it. */
  readonly added?: readonly { readonly id: bigint; readonly lineId: bigint; readonly quantity: number }[];
}

const lastPage = { hasNextPage: false, endCursor: null };
const gid = (type: string, id: bigint) => `gid://shopify/${type}/${id}`;
const node = (type: string, id: bigint | null) => (id === null ? null : { id: gid(type, id) });

/** As orders/create tells it: times in the shop's zone, ids as JSON numbers of up to 19 digits. */
export function webhookBody(order: TestOrder): Buffer {
  const body = {
    id: order.id,
    admin_graphql_api_id: gid("Order", order.id),
    created_at: "2026-11-01T10:00:00-05:00",
    updated_at: "2026-11-01T10:05:00-05:00",
    location_id: order.locationId,
    line_items: order.lines.map((line) => ({
      id: line.id,
      variant_id: line.variantId,
      sku: line.sku,
      quantity: line.quantity,
      price: "10.00",
    })),
    refunds: order.refunds.map((refund) => ({
      id: refund.id,
      order_id: order.id,
      created_at: "2026-11-01T10:05:00-05:00",
      refund_line_items: refund.lines.map((line) => ({
        id: line.id,
        line_item_id: line.lineId,
        quantity: line.quantity,
        restock_type: line.restockType,
        location_id: line.locationId,
      })),
    })),
  };
  return Buffer.from(bigJson(body));
}

/** JSON in which a bigint is a plain number. */
export function bigJson(body: object): string {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === "bigint" ? `big:${value}` : value));
  return text.replaceAll(/"big:(\d+)"/g, "$1");
}

/** As GraphQL tells it. */
export function graphqlOrder(order: TestOrder) {
  return {
    id: gid("Order", order.id),
    createdAt: "2026-11-01T15:00:00Z",
    updatedAt: "2026-11-01T15:05:00Z",
    edited: (order.added ?? []).length > 0,
    retailLocation: node("Location", order.locationId),
    lineItems: {
      nodes: order.lines.map((line) => ({
        id: gid("LineItem", line.id),
        sku: line.sku,
        quantity: line.quantity,
        variant: node("ProductVariant", line.variantId),
      })),
      pageInfo: lastPage,
    },
    refunds: order.refunds.map((refund) => ({
      id: gid("Refund", refund.id),
      createdAt: "2026-11-01T15:05:00Z",
      updatedAt: "2026-11-01T15:05:00Z",
      refundLineItems: {
        nodes: refund.lines.map((line) => ({
          id: gid("RefundLineItem", line.id),
          quantity: line.quantity,
          restockType: line.restockType.toUpperCase(),
          location: node("Location", line.locationId),
          lineItem: node("LineItem", line.lineId),
        })),
        pageInfo: lastPage,
      },
    })),
  };
}

/**
 * What was agreed on for an edited order: the order as it was placed, then each edit with what it added, among them a
 * removal and a price change; then a return with an item in exchange. The last two are no sales of the line they name.
 */
export function agreements(order: TestOrder) {
  const added = order.added ?? [];
  const addedTo = (lineId: bigint) =>
    added.filter((one) => one.lineId === lineId).reduce((sum, { quantity }) => sum + quantity, 0);
  const sale = (id: bigint, lineId: bigint, quantity: number, actionType = "ORDER") => ({
    id: gid("ProductSale", id),
    actionType,
    quantity,
    lineItem: { id: gid("LineItem", lineId) },
  });
  const placed = order.lines
    .map((line) => sale(line.id, line.id, line.quantity - addedTo(line.id)))
    .filter(({ quantity }) => quantity > 0);
  const first = order.lines[0]?.id ?? 0n;
  // Whether what was taken back counts as less or as units is not documented.
  const noSales = [sale(901n, first, -1, "RETURN"), sale(902n, first, 1, "RETURN"), sale(903n, first, 1, "UPDATE")];
  const edits = added.map((one) => ({
    reason: "ORDER_EDIT",
    sales: [sale(one.id, one.lineId, one.quantity), ...noSales],
  }));
  const exchange = { reason: "RETURN", sales: [sale(904n, first, 1)] };
  const tip = { id: gid("TipSale", 5n), actionType: "ORDER", quantity: 1 };
  return [{ reason: "ORDER", sales: [...placed, tip] }, ...edits, exchange].map(({ reason, sales }, index) => ({
    happenedAt: `2026-11-01T15:0${index}:00Z`,
    reason,
    sales: { nodes: sales, pageInfo: lastPage },
  }));
}
