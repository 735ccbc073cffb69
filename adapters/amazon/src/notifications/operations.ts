import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "../client.ts";

const DESTINATIONS = "/notifications/v1/destinations";
const SUBSCRIPTIONS = "/notifications/v1/subscriptions";

/** The one type that is subscribed to. */
export const ORDER_CHANGE = "ORDER_CHANGE";

const Destination = z.object({
  destinationId: z.string().min(1),
  name: z.string().optional(),
  resource: z.object({ sqs: z.object({ arn: z.string() }).nullish() }).optional(),
});
export type Destination = z.infer<typeof Destination>;

const EventFilter = z.object({
  marketplaceIds: z.array(z.string()).nullish(),
  orderChangeTypes: z.array(z.string()).nullish(),
});
/** Everything of the type is sent where there is no filter: a list of what to let through, or in its place an expression. */
const Subscription = z.object({
  subscriptionId: z.string().min(1),
  destinationId: z.string(),
  processingDirective: z
    .object({ eventFilter: EventFilter.nullish(), filterExpression: z.string().nullish() })
    .nullish(),
});
export type Subscription = z.infer<typeof Subscription>;

/** Notifications v1. Destinations belong to the app, which also ends subscriptions; the seller begins and sees them. */
export async function getDestinations(client: AmazonClient, call: CallContext): Promise<readonly Destination[]> {
  const { payload } = await client.asApplication(
    {
      name: "getDestinations",
      operation: "notifications.getDestinations",
      method: "GET",
      apiPath: DESTINATIONS,
      answer: z.object({ payload: z.array(Destination) }),
    },
    call,
  );
  return payload;
}

export async function createDestination(
  client: AmazonClient,
  destination: { readonly name: string; readonly arn: string },
  call: CallContext,
): Promise<Destination> {
  const { name, arn } = destination;
  const { payload } = await client.asApplication(
    {
      name: "createDestination",
      operation: "notifications.createDestination",
      method: "POST",
      apiPath: DESTINATIONS,
      body: { name, resourceSpecification: { sqs: { arn } } },
      answer: z.object({ payload: Destination }),
    },
    call,
  );
  return payload;
}

/** The seller's subscription for this app; undefined when there is none. */
export async function getSubscription(client: AmazonClient, call: CallContext): Promise<Subscription | undefined> {
  try {
    const { payload } = await client.asSeller(
      {
        name: "getSubscription",
        operation: "notifications.getSubscription",
        version: "v1",
        path: { notificationType: ORDER_CHANGE },
        answer: z.object({ payload: Subscription }),
      },
      call,
    );
    return payload;
  } catch (error) {
    if (error instanceof ChannelError && error.httpStatus === 404) return undefined;
    throw error;
  }
}

/** Changes of an order that may move stock: tips do not. */
const ORDER_CHANGE_TYPES = ["OrderStatusChange", "BuyerRequestedChange"];

/**
 * Whether a subscription's filter, which somebody else may have set, lets through all that is asked for here. What an
 * expression lets through can't be told.
 */
export function letsThrough({ processingDirective }: Subscription, marketplaceId: string): boolean {
  if (processingDirective?.filterExpression) return false;
  const { marketplaceIds, orderChangeTypes } = processingDirective?.eventFilter ?? {};
  const isHeard = !marketplaceIds || marketplaceIds.includes(marketplaceId);
  return isHeard && (!orderChangeTypes || ORDER_CHANGE_TYPES.every((one) => orderChangeTypes.includes(one)));
}

export async function createSubscription(client: AmazonClient, destinationId: string, call: CallContext) {
  const eventFilter = {
    eventFilterType: ORDER_CHANGE,
    marketplaceIds: [client.settings.marketplaceId],
    orderChangeTypes: ORDER_CHANGE_TYPES,
  };
  await client.asSeller(
    {
      name: "createSubscription",
      operation: "notifications.createSubscription",
      version: "v1",
      path: { notificationType: ORDER_CHANGE },
      body: { payloadVersion: "1.0", destinationId, processingDirective: { eventFilter } },
      answer: z.object({ payload: z.object({ subscriptionId: z.string() }) }),
    },
    call,
  );
}

export async function deleteSubscription(client: AmazonClient, subscriptionId: string, call: CallContext) {
  await client.asApplication(
    {
      name: "deleteSubscriptionById",
      operation: "notifications.deleteSubscriptionById",
      method: "DELETE",
      apiPath: `${SUBSCRIPTIONS}/${ORDER_CHANGE}/${encodeURIComponent(subscriptionId)}`,
      answer: z.unknown(),
    },
    call,
  );
}
