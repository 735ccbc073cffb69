import { createHmac } from "node:crypto";
import { httpNotification, type JsonObject, type Notification } from "../kit/index.ts";
import { availableToSell } from "./item.ts";
import { orderBody, type Order } from "./order.ts";
import type { ReturnOrder } from "./return.ts";
import { ownItem, type Seller } from "./seller.ts";
import type { Subscription } from "./subscription.ts";
import type { Walmart } from "./walmart.ts";

/** ORDER_UPDATES, whose `subEventType` says what happened (Walmart docs: order management event). */
export function orderUpdate(
  walmart: Walmart,
  seller: Seller,
  order: Order,
  subEventType: "PO_CREATED" | "PO_LINE_AUTOCANCELLED",
): readonly Notification[] {
  return event(walmart, seller, "ORDER_UPDATES", { subEventType, order: orderBody(order) });
}

/** INVENTORY_OOS for each item the order emptied. */
export function outOfStock(walmart: Walmart, seller: Seller, order: Order): readonly Notification[] {
  const shipNodes = seller.shipNodes.map(({ id, name }) => ({ shipNode: id, shipNodeName: name, availToSellQty: 0 }));
  return [...new Set(order.lines.map(({ sku }) => sku))].flatMap((sku) => {
    const item = ownItem(seller, sku);
    if (!item || availableToSell(item) > 0) return [];
    return event(walmart, seller, "INVENTORY_OOS", { itemId: item.wpid, sku, productName: item.title, shipNodes });
  });
}

/** RETURN_CREATED, which tells of one returned line each (Walmart docs: return notifications). */
export function returnCreated(walmart: Walmart, seller: Seller, order: ReturnOrder): readonly Notification[] {
  const { purchaseOrderId, returnOrderId, title: productName, quantity } = order;
  const line = {
    purchaseOrderId,
    productName,
    returnOrderId,
    quantity: String(quantity),
    refundStatus: "Non Refunded",
  };
  return event(walmart, seller, "RETURN_CREATED", { returnOrders: [line] });
}

/** One delivery for each active subscription. */
function event(walmart: Walmart, seller: Seller, eventType: string, payload: JsonObject): readonly Notification[] {
  const targets = [...seller.subscriptions.values()].filter(
    (subscription) => subscription.eventType === eventType && subscription.status === "ACTIVE",
  );
  return targets.map((target) => {
    const eventId = walmart.kit.random.uuid();
    const body = JSON.stringify({
      source: { eventType, eventTime: new Date().toISOString(), eventId },
      payload: { partnerId: seller.partnerId, ...payload },
    });
    const { eventUrl: url } = target;
    const headers = { "content-type": "application/json", ...target.headers, ...signature(walmart, target, body) };
    return httpNotification({ account: seller.name, topic: eventType, deliveryId: eventId, url, headers, body });
  });
}

/** HMAC-SHA256 over the whole body; Walmart documents neither hex nor base64. */
function signature({ signatureEncoding }: Walmart, { authDetails }: Subscription, body: string) {
  const value = createHmac("sha256", authDetails.clientSecret).update(body).digest(signatureEncoding);
  return { [authDetails.authHeaderName]: value };
}
