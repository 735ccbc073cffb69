import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { gid } from "./ids.ts";

/** What both of Shopify's forms of an order, webhook body and GraphQL, say of stock. All ids are digits. */
export interface ShopifyOrder {
  readonly id: string;
  readonly createdAt: string;
  /** The shop it was sold in at a till; null for every other order. */
  readonly locationId: string | null;
  readonly lines: readonly ShopifyLine[];
  readonly refunds: readonly ShopifyRefund[];
}

export interface ShopifyLine {
  readonly id: string;
  /** Null for a custom item, or when the variant was deleted. */
  readonly variantId: string | null;
  readonly sku: string | null;
  /** As ordered, also after refunds. */
  readonly quantity: number;
}

export interface ShopifyRefund {
  readonly id: string;
  readonly createdAt: string;
  readonly lines: readonly {
    readonly id: string;
    readonly lineId: string;
    readonly quantity: number;
    readonly restockType: string;
    readonly locationId: string | null;
  }[];
}

/**
 * What an order means, whichever way it was heard. Lines stay sold for good: neither a cancellation nor a refund says
 * by itself that units went back, only a refund's restocked lines do, and each of these has an id of its own.
 */
export function snapshotOf(order: ShopifyOrder): OrderSnapshot {
  return {
    orderId: order.id,
    placedAt: instant(order.createdAt),
    lines: order.lines.filter(isNamed).map((line) => lineOf(line, order)),
  };
}

/**
 * Tips and custom items have neither variant nor SKU, so no stock could be meant. Whether Shopify tracks the item does
 * not matter: what it sells without counting may still be counted by us, and can be switched at any time.
 */
function isNamed({ variantId, sku }: ShopifyLine): boolean {
  return variantId !== null || Boolean(sku);
}

function lineOf({ id, variantId, sku, quantity }: ShopifyLine, order: ShopifyOrder): OrderLine {
  return {
    lineId: id,
    item: { refs: variantId === null ? [] : [variantId], sku: sku || null },
    externalLocationId: locationOf(order.locationId),
    quantity,
    state: "sold",
    reversals: order.refunds.flatMap((refund) => reversalsOf(refund, id)),
  };
}

/** Shopify docs, RefundLineItemRestockType; every other type, `no_restock` above all, moves no stock. */
const reasons: { readonly [restockType: string]: Reversal["reason"] | undefined } = {
  cancel: "order_cancelled",
  return: "order_returned",
  legacy_restock: "order_returned",
};

function reversalsOf(refund: ShopifyRefund, lineId: string): readonly Reversal[] {
  return refund.lines
    .filter((line) => line.lineId === lineId)
    .flatMap(({ id, quantity, restockType, locationId }) => {
      const reason = reasons[restockType];
      if (!reason) return [];
      return [
        {
          key: `refund:${refund.id}:line:${id}`,
          quantity,
          reason,
          externalLocationId: locationOf(locationId),
          occurredAt: instant(refund.createdAt),
        },
      ];
    });
}

function locationOf(locationId: string | null): string | null {
  return locationId === null ? null : gid("Location", locationId);
}

/** Webhooks give times in the shop's zone, GraphQL in UTC. */
function instant(time: string): string {
  return new Date(time).toISOString();
}
