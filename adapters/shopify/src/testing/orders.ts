import type { Delivery, OrderSnapshot } from "@lastunit/adapter-contract";
import { expect } from "vitest";
import { call, data, onGraphql, openSession, type GraphqlBody } from "./harness.ts";
import { agreements, bigJson, graphqlOrder, type TestOrder } from "./order-forms.ts";

/** An order with an item that is known, one of a deleted product and one without a SKU, of which units came back each way. */
export const order: TestOrder = {
  id: 820982911946154508n,
  locationId: null,
  lines: [
    { id: 866550311766439020n, variantId: 271878346596884015n, sku: "1e5", quantity: 3 },
    { id: 2n, variantId: null, sku: "DELETED", quantity: 1 },
    { id: 3n, variantId: null, sku: "", quantity: 1 },
  ],
  refunds: [
    {
      id: 890088186047892319n,
      lines: [
        { id: 11n, lineId: 866550311766439020n, quantity: 1, restockType: "cancel", locationId: 7n },
        { id: 12n, lineId: 866550311766439020n, quantity: 1, restockType: "no_restock", locationId: null },
      ],
    },
    { id: 9n, lines: [] },
    { id: 10n, lines: [{ id: 13n, lineId: 2n, quantity: 1, restockType: "return", locationId: 8n }] },
  ],
};

const sale = { externalLocationId: null, state: "sold" };
export const occurredAt = "2026-11-01T15:05:00.000Z";
/** What the adapter must tell of `order`. */
export const snapshot = {
  orderId: "820982911946154508",
  placedAt: "2026-11-01T15:00:00.000Z",
  lines: [
    {
      ...sale,
      lineId: "866550311766439020",
      item: { refs: ["271878346596884015"], sku: "1e5" },
      quantity: 3,
      reversals: [
        {
          key: "refund:890088186047892319:line:11",
          quantity: 1,
          reason: "order_cancelled",
          // Where the sale took them, which is not told, and not where they were to be shipped from.
          externalLocationId: null,
          occurredAt,
        },
      ],
    },
    {
      ...sale,
      lineId: "2",
      item: { refs: [], sku: "DELETED" },
      quantity: 1,
      reversals: [
        {
          key: "refund:10:line:13",
          quantity: 1,
          reason: "order_returned",
          externalLocationId: "gid://shopify/Location/8",
          occurredAt,
        },
      ],
    },
  ],
};

/** An order before anything came back. */
export const asPlaced = <T extends { readonly lines: readonly object[] }>(told: T) => ({
  ...told,
  lines: told.lines.map((line) => ({ ...line, reversals: [] })),
});

export function delivery(topic: string, body: Uint8Array): Delivery {
  return { deliveryId: "d-1", topic, headers: {}, body, receivedAt: "2026-11-01T15:06:00.000Z" };
}

/** The orders that a delivery tells of; it must tell of nothing else. */
export async function told(topic: string, body: Uint8Array): Promise<readonly OrderSnapshot[]> {
  const facts = await openSession().session.normalize(delivery(topic, body), call());
  expect({ ...facts, orders: [] }).toEqual({ orders: [], movements: [], signals: [] });
  return facts.orders;
}

/** A page of orders, each with the cursor `order-<its number>`, of which the last is Shopify's own end of the page. */
export const page = (nodes: object[], { hasNextPage = false } = {}) => {
  const edges = nodes.map((node, index) => ({ cursor: `order-${index + 1}`, node }));
  return data({ orders: { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null } } });
};

/** A delivery that is only a hint, as each topic writes it. */
export const hints: readonly (readonly [string, (orderId: bigint) => object])[] = [
  ["orders/cancelled", (id) => ({ id })],
  ["orders/updated", (id) => ({ id })],
  ["orders/edited", (id) => ({ order_edit: { order_id: id, line_items: { additions: [], removals: [] } } })],
  ["refunds/create", (id) => ({ id: 890088186047892319n, order_id: id })],
];

export const hint = (topic: string, orderId: bigint) =>
  Buffer.from(bigJson(hints.find(([name]) => name === topic)?.[1](orderId) ?? {}));

/** Shopify's answer to the question for one order, and for what was agreed on when it was edited. */
export function onOrder(order: TestOrder, seen: GraphqlBody[] = []): void {
  onGraphql("order(id: $id) { id", { seen }).reply(...data({ order: graphqlOrder(order) }));
  if (order.added) onAgreements(order, seen);
}

/** @returns how many calls they take. */
export function onAgreements(order: TestOrder, seen: GraphqlBody[] = []): number {
  const all = agreements(order);
  for (const [index, agreement] of all.entries()) {
    const pageInfo = { hasNextPage: index + 1 < all.length, endCursor: `agreement-${index}` };
    onGraphql("query Agreement", { seen }).reply(...data({ order: { agreements: { nodes: [agreement], pageInfo } } }));
  }
  return all.length;
}
