import { httpNotification, type Kit, type Notification } from "../kit/index.ts";
import type { Shop } from "./account.ts";
import type { OrderLine, OrderRefund, ShopifyOrder } from "./orders.ts";
import {
  disconnectPayload,
  editPayload,
  levelPayload,
  onlyFields,
  orderPayload,
  refundPayload,
  shopPayload,
  stringify,
  type Payload,
} from "./payloads.ts";
import type { Subscription, Topic } from "./subscriptions.ts";

interface Happening {
  readonly topic: Topic;
  readonly payload: Payload;
}

/** A SKU's units at a location of the shop. */
export interface ChangedLevel {
  readonly sku: string;
  readonly locationId: string;
}

/** A buyer ordered: the order, and the levels it lowered. */
export function orderPlaced(shop: Shop, order: ShopifyOrder, kit: Kit<Shop>): readonly Notification[] {
  return webhooks(shop, kit, [
    { topic: "ORDERS_CREATE", payload: orderPayload(shop, order) },
    ...levels(shop, order.lines),
  ]);
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

export function orderShipped(shop: Shop, order: ShopifyOrder, kit: Kit<Shop>): readonly Notification[] {
  return webhooks(shop, kit, [{ topic: "ORDERS_UPDATED", payload: orderPayload(shop, order) }]);
}

/** An edit tells its differences only; what it removed is among the order's refunds, but no `refunds/create` says so. */
export function orderEdited(
  shop: Shop,
  order: ShopifyOrder,
  edit: { readonly line: OrderLine; readonly added: number; readonly removed: number },
  kit: Kit<Shop>,
): readonly Notification[] {
  return webhooks(shop, kit, [
    { topic: "ORDERS_EDITED", payload: editPayload(order, edit) },
    { topic: "ORDERS_UPDATED", payload: orderPayload(shop, order) },
    ...levels(shop, [edit.line]),
  ]);
}

/** An echo: fires for our own writes too and names no cause. */
export function levelsChanged(shop: Shop, changed: readonly ChangedLevel[], kit: Kit<Shop>): readonly Notification[] {
  return webhooks(shop, kit, levels(shop, changed));
}

export function levelDisconnected(
  shop: Shop,
  { sku, locationId }: ChangedLevel,
  kit: Kit<Shop>,
): readonly Notification[] {
  const location = shop.locations.find(({ id }) => id === locationId);
  if (!location) return [];
  return webhooks(shop, kit, [
    { topic: "INVENTORY_LEVELS_DISCONNECT", payload: disconnectPayload(shop, sku, location) },
  ]);
}

export function appUninstalled(shop: Shop, kit: Kit<Shop>): readonly Notification[] {
  return webhooks(shop, kit, [{ topic: "APP_UNINSTALLED", payload: shopPayload(shop) }]);
}

function refundHappenings(shop: Shop, order: ShopifyOrder, refund: OrderRefund): readonly Happening[] {
  const restocked = refund.lines.filter(({ restockType }) => restockType !== "no_restock").map(({ line }) => line);
  return [
    { topic: "REFUNDS_CREATE", payload: refundPayload(shop, order, refund) },
    { topic: "ORDERS_UPDATED", payload: orderPayload(shop, order) },
    ...levels(shop, restocked),
  ];
}

function levels(shop: Shop, changed: readonly ChangedLevel[]): readonly Happening[] {
  const distinct = new Map(changed.map((level) => [`${level.sku} ${level.locationId}`, level]));
  return [...distinct.values()].flatMap(({ sku, locationId }) => {
    const location = shop.locations.find(({ id }) => id === locationId);
    if (!location) return [];
    return [{ topic: "INVENTORY_LEVELS_UPDATE", payload: levelPayload(shop, sku, location) }];
  });
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
  const notification = httpNotification({
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
  return { ...notification, send: (signal) => counted(shop, subscription, notification.send(signal)) };
}

/** Shopify docs, webhook retries: a shop-level subscription is removed after 8 failed deliveries in a row. */
const FAILURES_UNTIL_REMOVAL = 8;

async function counted(
  shop: Shop,
  subscription: Subscription,
  sending: Promise<number | "queued">,
): Promise<number | "queued"> {
  const status = await sending.catch((error: unknown) => {
    countFailure(shop, subscription);
    throw error;
  });
  if (typeof status === "number" && (status < 200 || status > 299)) countFailure(shop, subscription);
  else subscription.failures = 0;
  return status;
}

function countFailure(shop: Shop, subscription: Subscription): void {
  subscription.failures += 1;
  if (!subscription.isOfApp && subscription.failures >= FAILURES_UNTIL_REMOVAL)
    shop.subscriptions.delete(subscription.id);
}
