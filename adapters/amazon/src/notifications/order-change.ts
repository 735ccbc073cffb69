import type { OrderSnapshot } from "@lastunit/adapter-contract";
import { z } from "zod";
import { instant, lineOf, stateOf } from "../orders.ts";

const Item = z.object({
  OrderItemId: z.string().min(1),
  SellerSKU: z.string().nullish(),
  OrderItemStatus: z.string().nullish(),
  Quantity: z.number().int().nonnegative(),
});

/** Payload of ORDER_CHANGE 1.0 (schemas/notifications/OrderChangeNotification.json). */
export const OrderChange = z
  .object({
    OrderChangeNotification: z.object({
      NotificationLevel: z.string(),
      SellerId: z.string(),
      AmazonOrderId: z.string().min(1),
      Summary: z.object({
        MarketplaceId: z.string(),
        OrderStatus: z.string().nullish(),
        PurchaseDate: z.iso.datetime({ offset: true }).nullish(),
        FulfillmentType: z.string(),
        NumberOfItemsShipped: z.number().int().nullish(),
        NumberOfItemsUnshipped: z.number().int().nullish(),
        OrderItems: z.array(Item).default([]),
      }),
    }),
  })
  .transform(({ OrderChangeNotification }) => OrderChangeNotification);
export type OrderChange = z.infer<typeof OrderChange>;

/**
 * The order, when the notification alone tells all of it; undefined when the order must be read: one item of several
 * (OrderItemLevel), a date, status or count missing, or a sign that part of it was cancelled.
 */
export function wholeOrder(change: OrderChange): OrderSnapshot | undefined {
  const { OrderStatus, PurchaseDate, OrderItems } = change.Summary;
  if (change.NotificationLevel !== "OrderLevel" || !OrderStatus || !PurchaseDate) return undefined;
  if (OrderItems.length === 0 || OrderItems.some(({ Quantity }) => Quantity === 0)) return undefined;
  const state = stateOf(OrderStatus);
  if (state === "sold" && mayBePartlyCancelled(change)) return undefined;
  return {
    orderId: change.AmazonOrderId,
    placedAt: instant(PurchaseDate),
    lines: OrderItems.map(({ OrderItemId, SellerSKU, Quantity }) =>
      lineOf({ lineId: OrderItemId, sku: SellerSKU ?? null, quantity: Quantity, state }),
    ),
  };
}

/** Units that are cancelled are missing from Amazon's counts; where a count is missing itself, nothing tells. */
function mayBePartlyCancelled({ Summary }: OrderChange): boolean {
  const { NumberOfItemsShipped, NumberOfItemsUnshipped, OrderItems } = Summary;
  if (OrderItems.some(({ OrderItemStatus }) => OrderItemStatus && stateOf(OrderItemStatus) === "cancelled_pending")) {
    return true;
  }
  if (typeof NumberOfItemsShipped !== "number" || typeof NumberOfItemsUnshipped !== "number") return true;
  const ordered = OrderItems.reduce((sum, { Quantity }) => sum + Quantity, 0);
  return NumberOfItemsShipped + NumberOfItemsUnshipped < ordered;
}
