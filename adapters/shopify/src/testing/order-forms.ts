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
}

const lastPage = { hasNextPage: false, endCursor: null };
const gid = (type: string, id: bigint) => `gid://shopify/${type}/${id}`;
const node = (type: string, id: bigint | null) => (id === null ? null : { id: gid(type, id) });

/** As orders/* webhooks tell it: times in the shop's zone, ids as JSON numbers of up to 19 digits. */
export function webhookBody(order: TestOrder): Uint8Array {
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
