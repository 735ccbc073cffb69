import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { z } from "zod";
import { tradingRef } from "./listing.ts";

const LineItem = z.object({
  lineItemId: z.string(),
  /** Absent on listings made without SKU. */
  sku: z.string().optional(),
  legacyItemId: z.string().optional(),
  legacyVariationId: z.string().optional(),
  quantity: z.number().int().nonnegative(),
  lineItemFulfillmentStatus: z.string().optional(),
});
type LineItem = z.infer<typeof LineItem>;

/** What of an order concerns stock (Sell Fulfillment OpenAPI: Order). Buyer data is not read. */
export const EbayOrder = z.object({
  orderId: z.string(),
  creationDate: z.iso.datetime(),
  cancelStatus: z.object({ cancelState: z.string().optional(), cancelledDate: z.iso.datetime().optional() }).optional(),
  lineItems: z.array(LineItem),
});
export type EbayOrder = z.infer<typeof EbayOrder>;

/** eBay's enum says CANCELED; both spellings have been seen in its documentation. */
const cancelled = new Set(["CANCELED", "CANCELLED"]);

/**
 * An order stands from the moment it exists: eBay takes the units off its listing at checkout, before payment.
 * eBay cancels orders as a whole. Refunds are money only; returned goods come back through receiving.
 */
export function snapshotOf(order: EbayOrder): OrderSnapshot {
  return {
    orderId: order.orderId,
    placedAt: order.creationDate,
    lines: order.lineItems.map((line) => lineOf(order, line)),
  };
}

function lineOf(order: EbayOrder, line: LineItem): OrderLine {
  return {
    lineId: line.lineItemId,
    item: { refs: refsOf(line), sku: line.sku ?? null },
    externalLocationId: null,
    quantity: line.quantity,
    state: "sold",
    reversals: reversalsOf(order, line),
  };
}

/**
 * Most specific first: the variation of the listing, the listing, and the SKU, which several listings may share. The
 * variation's number is "0", or absent, where there is none.
 */
function refsOf({ sku, legacyVariationId = "0", legacyItemId }: LineItem): readonly string[] {
  const bySku = sku === undefined ? [] : [sku];
  if (legacyItemId === undefined) return bySku;
  const isVariation = legacyVariationId !== "0";
  const variation = sku ?? (isVariation ? legacyVariationId : undefined);
  return [
    ...(variation === undefined ? [] : [tradingRef(legacyItemId, variation)]),
    ...(isVariation ? [] : [tradingRef(legacyItemId)]),
    ...bySku,
  ];
}

/** What was shipped comes back as a return, if at all; of a line shipped in part eBay does not say which part. */
const shipped = new Set(["FULFILLED", "IN_PROGRESS"]);

function reversalsOf({ cancelStatus, creationDate }: EbayOrder, line: LineItem): readonly Reversal[] {
  const isCancelled = cancelled.has(cancelStatus?.cancelState ?? "");
  if (!isCancelled || shipped.has(line.lineItemFulfillmentStatus ?? "")) return [];
  return [
    {
      key: "cancel",
      quantity: line.quantity,
      reason: "order_cancelled",
      externalLocationId: null,
      // Not the time of the last change, which moves on: the same reversal must read the same for ever.
      occurredAt: cancelStatus?.cancelledDate ?? creationDate,
    },
  ];
}
