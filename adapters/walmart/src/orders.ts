import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { z } from "zod";
import { quantity, time, wholeNumber } from "./numbers.ts";

/** The part of a Walmart purchase order that concerns stock. Buyers' names and addresses are dropped on reading. */
export const WalmartOrder = z.object({
  purchaseOrderId: z.string().min(1),
  orderDate: time,
  shipNode: z.object({ type: z.string().optional(), id: z.string().optional() }).optional(),
  orderLines: z.object({
    orderLine: z.array(
      z.object({
        lineNumber: z.string().min(1),
        item: z.object({ sku: z.string() }),
        orderLineQuantity: z.object({ amount: wholeNumber }),
        statusDate: time.optional(),
        orderLineStatuses: z
          .object({
            orderLineStatus: z.array(z.object({ status: z.string(), statusQuantity: quantity })),
          })
          .optional(),
      }),
    ),
  }),
});
export type WalmartOrder = z.infer<typeof WalmartOrder>;
type WalmartLine = WalmartOrder["orderLines"]["orderLine"][number];

/** Whether the seller's own stock ships it; Walmart's warehouses (WFS) and third parties ship the rest. */
export function isSellerFulfilled(order: WalmartOrder): boolean {
  return (order.shipNode?.type ?? "SellerFulfilled") === "SellerFulfilled";
}

/**
 * A purchase order as Walmart shows it now. It counts from `Created`: Walmart has reserved the units by then, and the
 * other channels must not wait for the seller's acknowledgement. Replacement orders take stock like any other.
 */
export function toSnapshot(order: WalmartOrder): OrderSnapshot {
  const externalLocationId = order.shipNode?.id ?? null;
  return {
    orderId: order.purchaseOrderId,
    placedAt: order.orderDate,
    lines: order.orderLines.orderLine.map((line): OrderLine => ({
      lineId: line.lineNumber,
      item: { refs: [line.item.sku], sku: line.item.sku },
      externalLocationId,
      quantity: line.orderLineQuantity.amount,
      state: "sold",
      reversals: reversalsOf(line, externalLocationId, order.orderDate),
    })),
  };
}

/**
 * One reversal a cancelled unit: Walmart gives cancellations no id, only how many units of the line are cancelled by
 * now. Refunds move money and no stock.
 */
function reversalsOf(line: WalmartLine, externalLocationId: string | null, placedAt: string): readonly Reversal[] {
  const cancelled = (line.orderLineStatuses?.orderLineStatus ?? [])
    .filter(({ status }) => status === "Cancelled")
    .reduce((sum, { statusQuantity }) => sum + statusQuantity, 0);
  const units = Math.min(cancelled, line.orderLineQuantity.amount);
  return Array.from({ length: units }, (_, index) => ({
    key: `cancel:unit:${index + 1}`,
    quantity: 1,
    reason: "order_cancelled",
    externalLocationId,
    occurredAt: line.statusDate ?? placedAt,
  }));
}
