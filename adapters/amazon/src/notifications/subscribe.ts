import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "../client.ts";
import type { AmazonConnection } from "../connection.ts";
import { queueAddress } from "./queue-address.ts";

const Destination = z.object({
  destinationId: z.string().min(1),
  resource: z.object({ sqs: z.object({ arn: z.string() }).nullish() }).optional(),
});
const Subscription = z.object({ destinationId: z.string() });

const DESTINATIONS = "/notifications/v1/destinations";
const subscribedTypes = ["ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"] as const;
type SubscribedType = (typeof subscribedTypes)[number];

/**
 * Makes Amazon send to the merchant's queue: one destination of the app for it, one subscription of the seller a type.
 * Amazon knows no HTTP destinations, so without a queue there is nothing to do and orders are polled.
 *
 * @throws {ChannelError} `rejected` when Amazon may not send to the queue, or a type already goes somewhere else.
 */
export async function subscribe(connection: AmazonConnection, client: AmazonClient, call: CallContext): Promise<void> {
  const { sqsQueueUrl } = connection.settings;
  if (sqsQueueUrl === undefined) return;
  const { arn } = queueAddress(sqsQueueUrl, connection.outbound);
  const destinationId = (await findDestination(client, arn, call)) ?? (await createDestination(client, arn, call));
  for (const type of subscribedTypes) await subscribeTo(client, type, destinationId, call);
}

async function findDestination(client: AmazonClient, arn: string, call: CallContext): Promise<string | undefined> {
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
  return payload.find(({ resource }) => resource?.sqs?.arn === arn)?.destinationId;
}

async function createDestination(client: AmazonClient, arn: string, call: CallContext): Promise<string> {
  const { payload } = await client.asApplication(
    {
      name: "createDestination",
      operation: "notifications.createDestination",
      method: "POST",
      apiPath: DESTINATIONS,
      body: { name: `lastunit-${client.settings.sellerId}`, resourceSpecification: { sqs: { arn } } },
      answer: z.object({ payload: Destination }),
    },
    call,
  );
  return payload.destinationId;
}

async function subscribeTo(
  client: AmazonClient,
  type: SubscribedType,
  destinationId: string,
  call: CallContext,
): Promise<void> {
  try {
    await createSubscription(client, type, destinationId, call);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.httpStatus !== 409) throw error;
    await checkSubscription(client, type, destinationId, call);
  }
}

async function createSubscription(
  client: AmazonClient,
  type: SubscribedType,
  destinationId: string,
  call: CallContext,
): Promise<void> {
  const processingDirective = {
    eventFilter: {
      eventFilterType: "ORDER_CHANGE",
      marketplaceIds: [client.settings.marketplaceId],
      orderChangeTypes: ["OrderStatusChange", "BuyerRequestedChange"],
    },
  };
  await client.asSeller(
    {
      name: "createSubscription",
      operation: "notifications.createSubscription",
      version: "v1",
      path: { notificationType: type },
      body: { payloadVersion: "1.0", destinationId, ...(type === "ORDER_CHANGE" && { processingDirective }) },
      answer: z.object({ payload: z.object({ subscriptionId: z.string() }) }),
    },
    call,
  );
}

/** A seller has one subscription a type and app; one that feeds another queue would leave ours silent. */
async function checkSubscription(
  client: AmazonClient,
  type: SubscribedType,
  destinationId: string,
  call: CallContext,
): Promise<void> {
  const { payload } = await client.asSeller(
    {
      name: "getSubscription",
      operation: "notifications.getSubscription",
      version: "v1",
      path: { notificationType: type },
      answer: z.object({ payload: Subscription }),
    },
    call,
  );
  if (payload.destinationId === destinationId) return;
  throw new ChannelError("rejected", `Amazon already sends ${type} of this seller to another queue`, {
    code: "subscribed_elsewhere",
  });
}
