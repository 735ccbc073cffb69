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
  /** All that was ever sold in the order, sale by sale; null when it was never edited, so that its lines tell. */
  readonly edits: readonly ShopifySale[] | null;
}

export interface ShopifySale {
  /** Names a sale made by an edit; null for those of the order as it was placed. */
  readonly editId: string | null;
  readonly lineId: string;
  readonly quantity: number;
  readonly happenedAt: string;
}

export interface ShopifyLine {
  readonly id: string;
  /** Null for a custom item, or when the variant was deleted. */
  readonly variantId: string | null;
  readonly sku: string | null;
  /** As ordered, also after refunds; with what edits added. */
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
    lines: order.lines.filter(isNamed).flatMap((line) => linesOf(line, order)),
  };
}

/**
 * Tips and custom items have neither variant nor SKU, so no stock could be meant. Whether Shopify tracks the item does
 * not matter: what it sells without counting may still be counted by us, and can be switched at any time.
 */
function isNamed({ variantId, sku }: ShopifyLine): boolean {
  return variantId !== null || Boolean(sku);
}

/**
 * A line as it was placed, and one for each edit that added units to it: the quantity of a line is told once and for
 * good, so what is added later needs a name of its own. What was taken back hangs on the first of them.
 */
function linesOf(line: ShopifyLine, order: ShopifyOrder): readonly OrderLine[] {
  const { id, variantId, sku } = line;
  return partsOf(line, order.edits).map(({ suffix, quantity }, index) => ({
    lineId: `${id}${suffix}`,
    item: { refs: variantId === null ? [] : [variantId], sku: sku || null },
    externalLocationId: locationOf(order.locationId),
    quantity,
    state: "sold",
    reversals: index === 0 ? order.refunds.flatMap((refund) => reversalsOf(refund, id, order.locationId)) : [],
  }));
}

function partsOf(line: ShopifyLine, edits: ShopifyOrder["edits"]) {
  const sales = edits?.filter(({ lineId }) => lineId === line.id) ?? [];
  if (sales.length === 0) return [{ suffix: "", quantity: line.quantity }];
  const placed = sales.filter(({ editId }) => editId === null).reduce((sum, { quantity }) => sum + quantity, 0);
  const added = sales
    .filter(({ editId }) => editId !== null)
    .toSorted((a, b) => Date.parse(a.happenedAt) - Date.parse(b.happenedAt))
    .map(({ editId, quantity }) => ({ suffix: `:edit:${editId}`, quantity }));
  return placed > 0 ? [{ suffix: "", quantity: placed }, ...added] : added;
}

/** Shopify docs, RefundLineItemRestockType; every other type, `no_restock` above all, moves no stock. */
const reasons: { readonly [restockType: string]: Reversal["reason"] | undefined } = {
  cancel: "order_cancelled",
  return: "order_returned",
  legacy_restock: "order_returned",
};

/**
 * Units that never left go back to where their sale took them, wherever Shopify had meant to ship them from: the sale
 * does not tell that. Units that were returned are at the location that took them in.
 */
function reversalsOf(refund: ShopifyRefund, lineId: string, soldAt: string | null): readonly Reversal[] {
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
          externalLocationId: locationOf(reason === "order_cancelled" ? soldAt : locationId),
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
