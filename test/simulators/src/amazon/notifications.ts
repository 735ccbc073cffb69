import type { Kit, Notification } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import { passes } from "./event-filter.ts";
import { unitsLeft, type AmazonOrder } from "./orders.ts";

/** The one kind of change of an order that the simulator tells of. */
const STATUS_CHANGE = "OrderStatusChange";

/** Spelled as in notifications: one l, first letter large. */
const orderStatuses = {
  PENDING: "Pending",
  UNSHIPPED: "Unshipped",
  SHIPPED: "Shipped",
  CANCELLED: "Canceled",
} as const;

/**
 * ORDER_CHANGE 1.0 (schema OrderChangeNotification). A new order that is still pending sends nothing: Amazon doesn't
 * document that it does (github.com/amzn/selling-partner-api-docs/issues/3278), so pollers must find it.
 */
export function orderChanged(seller: Seller, order: AmazonOrder, kit: Kit<Seller>): readonly Notification[] {
  if (order.status === "PENDING") return [];
  const isCancelled = order.status === "CANCELLED";
  const sum = (units: (item: AmazonOrder["items"][number]) => number) =>
    order.items.reduce((total, item) => total + units(item), 0);
  const OrderStatus = orderStatuses[order.status];
  return message(seller, "ORDER_CHANGE", kit, {
    OrderChangeNotification: {
      NotificationLevel: "OrderLevel",
      SellerId: seller.sellerId,
      AmazonOrderId: order.id,
      OrderChangeType: STATUS_CHANGE,
      OrderChangeTrigger: {
        TimeOfOrderChange: order.lastUpdatedTime,
        ChangeReason: isCancelled ? "Buyer canceled the order" : "Order status changed",
      },
      Summary: {
        MarketplaceId: MARKETPLACE,
        OrderStatus,
        PurchaseDate: order.createdTime,
        FulfillmentType: order.fulfilledBy === "MERCHANT" ? "MFN" : "AFN",
        OrderType: "StandardOrder",
        NumberOfItemsShipped: sum(({ shipped }) => shipped),
        NumberOfItemsUnshipped: sum(unitsLeft),
        OrderItems: order.items.map(({ id, sku, quantity, shipped }) => ({
          OrderItemId: id,
          SellerSKU: sku,
          SupplySourceId: null,
          OrderItemStatus: OrderStatus,
          Quantity: quantity,
          QuantityShipped: shipped,
        })),
      },
    },
  });
}

/** LISTINGS_ITEM_MFN_QUANTITY_CHANGE 1.0: an echo. Fires for our writes and for Amazon's own moves, and names no cause. */
export function quantityChanged(seller: Seller, skus: readonly string[], kit: Kit<Seller>): readonly Notification[] {
  return [...new Set(skus)].flatMap((sku) =>
    message(seller, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", kit, {
      SellerId: seller.sellerId,
      FulfillmentChannelCode: "DEFAULT",
      Sku: sku,
      Quantity: seller.stock.find(sku)?.available ?? 0,
    }),
  );
}

/** What subscribers get: a message in the seller's queue. None without a subscription that wants it. */
function message(
  seller: Seller,
  type: string,
  kit: Kit<Seller>,
  payload: { readonly [field: string]: unknown },
): readonly Notification[] {
  const subscription = seller.subscriptions.get(type);
  const orderChangeType = type === "ORDER_CHANGE" ? STATUS_CHANGE : undefined;
  if (!subscription || !passes(subscription.processingDirective?.eventFilter, orderChangeType)) return [];
  const now = new Date().toISOString();
  const NotificationId = kit.random.uuid();
  const body = JSON.stringify({
    NotificationVersion: "1.0",
    NotificationType: type,
    PayloadVersion: subscription.payloadVersion,
    EventTime: now,
    Payload: payload,
    NotificationMetadata: {
      ApplicationId: "amzn1.sp.solution.simulated",
      SubscriptionId: subscription.subscriptionId,
      PublishTime: now,
      NotificationId,
    },
  });
  return [
    {
      account: seller.name,
      topic: type,
      deliveryId: NotificationId,
      async send(signal) {
        await seller.queue.send(body, signal);
        return "queued";
      },
    },
  ];
}
