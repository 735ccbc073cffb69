import { httpNotification, type JsonObject, type Notification } from "../kit/index.ts";
import type { Application } from "./application.ts";
import type { Ebay } from "./ebay.ts";
import type { Order } from "./order.ts";
import type { Seller } from "./seller.ts";

/**
 * ORDER_CONFIRMATION, one for each line item (eBay ORDER_CONFIRMATION AsyncAPI). It is a hint: the order itself has to be
 * asked for. None when the seller isn't subscribed.
 */
export function orderConfirmations(ebay: Ebay, seller: Seller, order: Order): readonly Notification[] {
  return order.lines.flatMap(({ lineItemId, listingId }) => {
    const data = { orderId: order.orderId, orderLineItemId: lineItemId, listingId, sellerId: seller.userId };
    return notification(ebay, seller, "ORDER_CONFIRMATION", seller.name, data);
  });
}

/** AUTHORIZATION_REVOCATION: the seller took the application's access back. Told to the application, not the seller. */
export function authorizationRevocation(ebay: Ebay, seller: Seller): readonly Notification[] {
  const data = { userId: seller.userId, username: seller.name };
  return notification(ebay, seller, "AUTHORIZATION_REVOCATION", null, data);
}

function notification(
  { signing, kit }: Ebay,
  seller: Seller,
  topic: string,
  subscriber: string | null,
  data: JsonObject,
): readonly Notification[] {
  const target = subscribedEndpoint(seller.application, topic, subscriber);
  if (!target) return [];
  const now = new Date().toISOString();
  const deliveryId = kit.random.uuid();
  const body = JSON.stringify({
    metadata: { topic, schemaVersion: target.schemaVersion, deprecated: false },
    notification: { notificationId: deliveryId, eventDate: now, publishDate: now, publishAttemptCount: 1, data },
  });
  const headers = { "content-type": "application/json", "x-ebay-signature": signing.header(body) };
  return [httpNotification({ account: seller.name, topic, deliveryId, url: target.endpoint, headers, body })];
}

function subscribedEndpoint(application: Application, topicId: string, subscriber: string | null) {
  const subscription = [...application.subscriptions.values()].find(
    (each) => each.topicId === topicId && each.seller === subscriber && each.status === "ENABLED",
  );
  const destination = subscription && application.destinations.get(subscription.destinationId);
  if (destination?.status !== "ENABLED") return undefined;
  return { endpoint: destination.endpoint, schemaVersion: subscription?.schemaVersion };
}
