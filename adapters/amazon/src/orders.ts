import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { z } from "zod";

export const ORDERS_VERSION = "2026-01-01";
/** Asked for with every order: status and units, and what was cancelled. */
export const INCLUDED_DATA = ["FULFILLMENT", "CANCELLATION"] as const;

const Item = z.object({
  orderItemId: z.string().min(1),
  quantityOrdered: z.number().int().nonnegative(),
  product: z.object({ sellerSku: z.string().nullish() }).nullish(),
  fulfillment: z
    .object({ quantityFulfilled: z.number().int().nullish(), quantityUnfulfilled: z.number().int().nullish() })
    .nullish(),
  cancellation: z.object({ cancellationExecution: z.looseObject({}).nullish() }).nullish(),
});
type Item = z.infer<typeof Item>;

/** An order of Orders 2026-01-01, read with `INCLUDED_DATA`. What its model does not promise may be missing. */
export const AmazonOrder = z.object({
  orderId: z.string().min(1),
  createdTime: z.iso.datetime({ offset: true }),
  fulfillment: z.object({ fulfillmentStatus: z.string(), fulfilledBy: z.string().nullish() }).nullish(),
  orderItems: z.array(Item).default([]),
});
export type AmazonOrder = z.infer<typeof AmazonOrder>;

/** What the order API says of an order. */
export function snapshotOf(order: AmazonOrder): OrderSnapshot {
  const state = stateOf(order.fulfillment?.fulfillmentStatus ?? "");
  return {
    orderId: order.orderId,
    placedAt: instant(order.createdTime),
    lines: order.orderItems.map((item) => ({
      ...lineOf({
        lineId: item.orderItemId,
        sku: item.product?.sellerSku ?? null,
        quantity: item.quantityOrdered,
        state: isGone(item) ? "cancelled_pending" : state,
      }),
      // By the order's own time: Amazon tells none of the cancellation, and whenever it is read it must be the same.
      reversals: state === "sold" ? cancelledUnits(item, instant(order.createdTime)) : [],
    })),
  };
}

/** A line without reversals. It has no location: whoever tells of the order, the ledger must hear the same. */
export function lineOf(line: {
  readonly lineId: string;
  readonly sku: string | null;
  readonly quantity: number;
  readonly state: OrderLine["state"];
}): OrderLine {
  const { sku, ...rest } = line;
  return { ...rest, item: { refs: sku === null ? [] : [sku], sku }, externalLocationId: null, reversals: [] };
}

/**
 * Orders says `PARTIALLY_SHIPPED` and `CANCELLED`, notifications `PartiallyShipped` and `Canceled`. Units are off the
 * listing from the first moment, pending or not. Anything we do not know counts as sold: that can only undersell.
 */
export function stateOf(status: string): OrderLine["state"] {
  switch (status.toUpperCase().replaceAll("_", "")) {
    case "PENDING":
    case "PENDINGAVAILABILITY":
      return "pending";
    case "CANCELLED":
    case "CANCELED":
      return "cancelled_pending";
    default:
      return "sold";
  }
}

/** A line that was cancelled whole, where Amazon then counts no units any more: what is held for it must not be held for ever. */
function isGone({ quantityOrdered, cancellation }: Item): boolean {
  return quantityOrdered === 0 && Boolean(cancellation?.cancellationExecution);
}

/**
 * Units of a standing order that were cancelled, one reversal each, since Amazon gives a cancellation no id.
 *
 * Amazon does not say whether `quantityOrdered` drops when a unit is cancelled. Units are given back only where two
 * signs agree: a cancellation was carried out, and less is shipped or to be shipped than was ordered. Where the number
 * drops instead, nothing is given back: a unit too few on sale can be mended, one too many is an oversell.
 */
function cancelledUnits(item: Item, occurredAt: string): readonly Reversal[] {
  const { quantityFulfilled, quantityUnfulfilled } = item.fulfillment ?? {};
  if (!item.cancellation?.cancellationExecution) return [];
  if (typeof quantityFulfilled !== "number" || typeof quantityUnfulfilled !== "number") return [];
  const units = Math.max(0, item.quantityOrdered - quantityFulfilled - quantityUnfulfilled);
  return Array.from({ length: units }, (_, index) => ({
    key: `cancel:unit:${index + 1}`,
    quantity: 1,
    reason: "order_cancelled",
    externalLocationId: null,
    occurredAt,
  }));
}

/** One spelling of a time, whichever API told it. */
export function instant(text: string): string {
  return new Date(text).toISOString();
}
