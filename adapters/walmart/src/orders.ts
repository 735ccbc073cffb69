import type { OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { z } from "zod";
import { id, quantity, time, wholeNumber } from "./numbers.ts";

/** The part of a Walmart purchase order that concerns stock. Buyers' names and addresses are dropped on reading. */
export const WalmartOrder = z.object({
  purchaseOrderId: id,
  orderDate: time,
  shipNode: z.object({ type: z.string().nullish(), id: id.nullish() }).nullish(),
  orderLines: z.object({
    orderLine: z.array(
      z.object({
        lineNumber: id,
        item: z.object({ sku: id }),
        orderLineQuantity: z.object({ amount: wholeNumber }),
        statusDate: time.nullish(),
        orderLineStatuses: z
          .object({
            orderLineStatus: z.array(
              z.object({ status: z.string(), statusQuantity: quantity, cancellationReason: z.string().nullish() }),
            ),
          })
          .nullish(),
      }),
    ),
  }),
});
export type WalmartOrder = z.infer<typeof WalmartOrder>;
export type WalmartLine = WalmartOrder["orderLines"]["orderLine"][number];

/** Units of an order line that a return brought back. */
export interface ReturnedUnits {
  readonly lineNumber: string;
  /** Names the return line for ever: `<returnOrderId>:<returnOrderLineNumber>`. */
  readonly key: string;
  readonly units: number;
  /** When the return was opened, ISO 8601: the only time of it that never changes. */
  readonly openedAt: string;
}

/** Whether the seller's own stock ships it; Walmart's warehouses (WFS) and third parties ship the rest. */
export function isSellerFulfilled(order: WalmartOrder): boolean {
  return (order.shipNode?.type ?? "SellerFulfilled") === "SellerFulfilled";
}

/**
 * A purchase order as Walmart shows it now. It counts from `Created`: Walmart has reserved the units by then, and the
 * other channels must not wait for the seller's acknowledgement. Replacement orders take stock like any other.
 *
 * @param returned what returns are known to have brought back; the order itself tells nothing of it.
 */
export function toSnapshot(order: WalmartOrder, returned: readonly ReturnedUnits[] = []): OrderSnapshot {
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
      reversals: [
        ...cancelledUnits(line, externalLocationId, order.orderDate),
        ...returned.filter(({ lineNumber }) => lineNumber === line.lineNumber).flatMap(returnedUnits),
      ],
    })),
  };
}

/** How many units of a line have this status now. A line may hold several, with a part of its quantity each. */
function unitsOf(line: WalmartLine, status: string): number {
  return (line.orderLineStatuses?.orderLineStatus ?? [])
    .filter((one) => one.status === status)
    .reduce((sum, { statusQuantity }) => sum + statusQuantity, 0);
}

/**
 * One reversal a cancelled unit: Walmart gives cancellations no id, only how many units of the line are cancelled by
 * now, and no time that stays: `statusDate` moves on when the rest of the line ships. Refunds move money and no stock.
 */
function cancelledUnits(line: WalmartLine, externalLocationId: string | null, placedAt: string): readonly Reversal[] {
  const units = Math.min(unitsOf(line, "Cancelled"), line.orderLineQuantity.amount);
  return Array.from({ length: units }, (_, index) => ({
    key: `cancel:unit:${index + 1}`,
    quantity: 1,
    reason: "order_cancelled",
    externalLocationId,
    occurredAt: placedAt,
  }));
}

/** One reversal a unit: a return line may arrive in parts. Where it arrived Walmart does not say. */
function returnedUnits({ key, units, openedAt }: ReturnedUnits): readonly Reversal[] {
  return Array.from({ length: units }, (_, index) => ({
    key: `return:${key}:unit:${index + 1}`,
    quantity: 1,
    reason: "order_returned",
    externalLocationId: null,
    occurredAt: openedAt,
  }));
}
