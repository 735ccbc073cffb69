import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import type { AmazonClient } from "../client.ts";
import type { AmazonConnection } from "../connection.ts";
import {
  createDestination,
  createSubscription,
  deleteSubscription,
  getDestinations,
  getSubscription,
  letsThrough,
  ORDER_CHANGE,
  type Destination,
} from "./operations.ts";
import { queueAddress } from "./queue-address.ts";

/** Begins the names of our destinations. */
const OURS = "lastunit-";

/**
 * Makes Amazon send the seller's order changes to the merchant's queue: one destination of the app for the queue, one
 * subscription of the seller to it. Amazon knows no HTTP destinations, so without a queue there is nothing to do and
 * orders are polled.
 *
 * Not subscribed to: LISTINGS_ITEM_MFN_QUANTITY_CHANGE. It echoes each of our own writes and names no cause, so it can
 * neither be a movement nor save a read-back.
 *
 * @throws {ChannelError} `rejected` when Amazon may not send to the queue, or sends the changes to a queue that is not ours.
 */
export async function subscribe(
  connection: AmazonConnection,
  client: AmazonClient,
  call: CallContext,
): Promise<readonly string[]> {
  const { sqsQueueUrl } = connection.settings;
  if (sqsQueueUrl === undefined) return [];
  const { arn } = queueAddress(sqsQueueUrl, connection.outbound);
  const mended: string[] = [];
  const known = await getDestinations(client, call);
  let destination = known.find(({ resource }) => resource?.sqs?.arn === arn);
  if (!destination) {
    destination = await createDestination(client, { name: nameOf(client, arn), arn }, call);
    mended.push("The SQS queue was made known to Amazon.");
  }
  const { destinationId } = destination;
  const subscription = await getSubscription(client, call);
  if (!subscription) {
    await createSubscription(client, destinationId, call);
    return [...mended, "Order changes were not subscribed to."];
  }
  const isHere = subscription.destinationId === destinationId;
  if (isHere && letsThrough(subscription, client.settings.marketplaceId)) return mended;
  if (!isHere) refuseToTake(known.find((one) => one.destinationId === subscription.destinationId));
  await deleteSubscription(client, subscription.subscriptionId, call);
  await createSubscription(client, destinationId, call);
  return [...mended, isHere ? "Some order changes may have been left out." : "Order changes went to a former queue."];
}

/** A seller has one subscription a type and app: one that feeds somebody else's queue would fall silent if it were moved. */
function refuseToTake(other: Destination | undefined): void {
  if (!other || other.name?.startsWith(OURS)) return;
  const name = other.name === undefined ? "another destination" : `the destination "${other.name}"`;
  throw new ChannelError("rejected", `Amazon already sends ${ORDER_CHANGE} of this seller to ${name}: end that first`, {
    code: "subscribed_elsewhere",
  });
}

function nameOf({ settings }: AmazonClient, arn: string): string {
  return `${OURS}${settings.sellerId}-${arn.slice(arn.lastIndexOf(":") + 1)}`;
}
