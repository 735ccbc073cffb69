import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { z } from "zod";

const LineItem = z.object({
  lineItemId: z.string(),
  /** Absent on listings made without SKU. */
  sku: z.string().optional(),
  legacyItemId: z.string().optional(),
  legacyVariationId: z.string().optional(),
  quantity: z.number().int().positive(),
});

/** What of an order concerns stock (Sell Fulfillment OpenAPI: Order). Buyer data is not read. */
export const EbayOrder = z.object({
  orderId: z.string(),
  creationDate: z.iso.datetime(),
  lastModifiedDate: z.iso.datetime(),
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

function lineOf(order: EbayOrder, line: z.infer<typeof LineItem>): OrderLine {
  return {
    lineId: line.lineItemId,
    item: { refs: refsOf(line), sku: line.sku ?? null },
    externalLocationId: null,
    quantity: line.quantity,
    state: "sold",
    reversals: reversalsOf(order, line.quantity),
  };
}

/** The variation is "0" on listings that have none. */
function refsOf({ sku, legacyVariationId, legacyItemId }: z.infer<typeof LineItem>): readonly string[] {
  const variation = legacyVariationId === "0" ? undefined : legacyVariationId;
  return [sku, variation, legacyItemId].filter((ref) => ref !== undefined);
}

function reversalsOf({ cancelStatus, lastModifiedDate }: EbayOrder, quantity: number): readonly Reversal[] {
  if (!cancelled.has(cancelStatus?.cancelState ?? "")) return [];
  return [
    {
      key: "cancel",
      quantity,
      reason: "order_cancelled",
      externalLocationId: null,
      occurredAt: cancelStatus?.cancelledDate ?? lastModifiedDate,
    },
  ];
}
