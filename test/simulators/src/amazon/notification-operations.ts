import { asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type Kit } from "../kit/index.ts";
import type { Destination, Seller, Subscription } from "./account.ts";
import { readEventFilter } from "./event-filter.ts";
import { badRequest, failure, type Operation } from "./operation.ts";

const limit = { perSecond: 1, burst: 5 };
const SUBSCRIPTION = "/notifications/v1/subscriptions/:notificationType";
const DESTINATIONS = "/notifications/v1/destinations";

/** The types the simulator sends. */
const TYPES = ["ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"];

/** Notifications v1. Destinations belong to the app and are grantless; subscriptions belong to the seller. */
export function notificationOperations(kit: Kit<Seller>): readonly Operation[] {
  return [
    {
      name: "createDestination",
      method: "POST",
      path: DESTINATIONS,
      limit,
      access: "grantless",
      handle: (seller, request) => createDestination(seller, request, kit),
    },
    {
      name: "getDestinations",
      method: "GET",
      path: DESTINATIONS,
      limit,
      access: "grantless",
      handle: ({ destinations }) => payload([...destinations.values()]),
    },
    {
      name: "createSubscription",
      method: "POST",
      path: SUBSCRIPTION,
      limit,
      handle: (seller, request) => createSubscription(seller, request, kit),
    },
    { name: "getSubscription", method: "GET", path: SUBSCRIPTION, limit, handle: getSubscription },
    {
      name: "deleteSubscriptionById",
      method: "DELETE",
      path: `${SUBSCRIPTION}/:subscriptionId`,
      limit,
      access: "grantless",
      handle: deleteSubscription,
    },
  ];
}

function payload(body: unknown): ApiAnswer {
  return { status: 200, body: { payload: body } };
}

function createDestination(seller: Seller, { body }: ApiRequest, kit: Kit<Seller>): ApiAnswer {
  const fields = asObject(parseJson(body)) ?? {};
  const name = asText(fields["name"]);
  const arn = asText(asObject(asObject(fields["resourceSpecification"])?.["sqs"])?.["arn"]);
  if (name === undefined || arn === undefined) return badRequest("name and resourceSpecification.sqs.arn are required");
  if (arn !== seller.queue.arn) return badRequest("Amazon may not send to the queue, or it doesn't exist");
  if ([...seller.destinations.values()].some(({ resource }) => resource.sqs.arn === arn)) {
    return failure(409, "ResourceConflict", "A destination with this resource exists already.");
  }
  const destination: Destination = { destinationId: kit.random.uuid(), name, resource: { sqs: { arn } } };
  seller.destinations.set(destination.destinationId, destination);
  return payload(destination);
}

function createSubscription(seller: Seller, { params, body }: ApiRequest, kit: Kit<Seller>): ApiAnswer {
  const type = params["notificationType"] ?? "";
  const fields = asObject(parseJson(body)) ?? {};
  const destinationId = asText(fields["destinationId"]) ?? "";
  if (!TYPES.includes(type)) return badRequest(`notificationType ${type} is not simulated`);
  if (fields["payloadVersion"] !== "1.0") return badRequest("payloadVersion must be 1.0");
  if (!seller.destinations.has(destinationId)) return badRequest("destinationId names no destination");
  const eventFilter = readEventFilter(type, fields);
  if (typeof eventFilter === "string") return badRequest(eventFilter);
  if (seller.subscriptions.has(type)) return failure(409, "ResourceConflict", "A subscription exists already.");
  const subscription: Subscription = {
    subscriptionId: kit.random.uuid(),
    payloadVersion: "1.0",
    destinationId,
    ...(eventFilter && { processingDirective: { eventFilter } }),
  };
  seller.subscriptions.set(type, subscription);
  return payload(subscription);
}

function getSubscription(seller: Seller, { params }: ApiRequest): ApiAnswer {
  const subscription = seller.subscriptions.get(params["notificationType"] ?? "");
  return subscription ? payload(subscription) : failure(404, "NotFound", "There is no such subscription.");
}

function deleteSubscription(seller: Seller, { params }: ApiRequest): ApiAnswer {
  const type = params["notificationType"] ?? "";
  if (seller.subscriptions.get(type)?.subscriptionId !== params["subscriptionId"]) {
    return failure(404, "NotFound", "There is no such subscription.");
  }
  seller.subscriptions.delete(type);
  return { status: 200, body: {} };
}
