import { httpNotification, type Kit, type Notification } from "../kit/index.ts";
import type { Shop } from "./account.ts";
import type { OrderRefund, ShopifyOrder } from "./orders.ts";
import { inventoryLevelPayload, onlyFields, orderPayload, refundPayload, stringify, type Payload } from "./payloads.ts";
import type { Subscription, Topic } from "./subscriptions.ts";

interface Happening {
  readonly topic: Topic;
  readonly payload: Payload;
}

/** A buyer ordered: the order, and the levels it lowered. */
export function orderPlaced(shop: Shop, order: ShopifyOrder, kit: Kit<Shop>): readonly Notification[] {
  const skus = order.lines.map(({ sku }) => sku);
  return webhooks(shop, kit, [{ topic: "ORDERS_CREATE", payload: orderPayload(shop, order) }, ...levels(shop, skus)]);
}

/** The buyer cancelled; a refund says what went back to stock. */
export function orderCancelled(
  shop: Shop,
  order: ShopifyOrder,
  refund: OrderRefund | null,
  kit: Kit<Shop>,
): readonly Notification[] {
  const cancelled = { topic: "ORDERS_CANCELLED", payload: orderPayload(shop, order) } as const;
  return webhooks(shop, kit, [cancelled, ...(refund ? refundHappenings(shop, order, refund) : [])]);
}

export function orderRefunded(
  shop: Shop,
  order: ShopifyOrder,
  refund: OrderRefund,
  kit: Kit<Shop>,
): readonly Notification[] {
  return webhooks(shop, kit, refundHappenings(shop, order, refund));
}

/** An echo: fires for our own writes too and names no cause. */
export function inventoryLevelNotifications(
  shop: Shop,
  skus: readonly string[],
  kit: Kit<Shop>,
): readonly Notification[] {
  return webhooks(shop, kit, levels(shop, skus));
}

function refundHappenings(shop: Shop, order: ShopifyOrder, refund: OrderRefund): readonly Happening[] {
  const restocked = refund.lines.filter(({ restockType }) => restockType !== "no_restock").map(({ line }) => line.sku);
  return [
    { topic: "REFUNDS_CREATE", payload: refundPayload(shop, order, refund) },
    { topic: "ORDERS_UPDATED", payload: orderPayload(shop, order) },
    ...levels(shop, restocked),
  ];
}

function levels(shop: Shop, skus: readonly string[]): readonly Happening[] {
  return [...new Set(skus)].map((sku) => ({
    topic: "INVENTORY_LEVELS_UPDATE",
    payload: inventoryLevelPayload(shop, sku),
  }));
}

/** One delivery for each subscription to each topic; all of one action share the event id. */
function webhooks(shop: Shop, kit: Kit<Shop>, happenings: readonly Happening[]): readonly Notification[] {
  const eventId = kit.random.uuid();
  return happenings.flatMap(({ topic, payload }) =>
    [...shop.subscriptions.values()]
      .filter((subscription) => subscription.topic === topic)
      .map((subscription) => webhook(shop, subscription, payload, { eventId, webhookId: kit.random.uuid() })),
  );
}

/** Signed over the very bytes with the app's client secret (Shopify docs, webhooks: headers and verification). */
function webhook(
  shop: Shop,
  subscription: Subscription,
  payload: Payload,
  { eventId, webhookId }: { readonly eventId: string; readonly webhookId: string },
): Notification {
  const body = stringify(onlyFields(payload, subscription.includeFields));
  const topic = subscription.topic.toLowerCase().replace(/_(?=[a-z]+$)/u, "/");
  return httpNotification({
    account: shop.name,
    topic,
    deliveryId: webhookId,
    url: subscription.uri,
    body,
    headers: {
      "content-type": "application/json",
      "x-shopify-topic": topic,
      "x-shopify-hmac-sha256": shop.tokens.sign(body, "base64"),
      "x-shopify-shop-domain": shop.domain,
      "x-shopify-api-version": "2026-10",
      "x-shopify-webhook-id": webhookId,
      "x-shopify-event-id": eventId,
      "x-shopify-triggered-at": new Date().toISOString(),
      ...(subscription.name !== null && { "x-shopify-name": subscription.name }),
    },
  });
}
