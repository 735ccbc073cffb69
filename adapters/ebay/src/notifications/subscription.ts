import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import { listAll } from "./list-all.ts";
import type { Mending, Subscriber } from "./mending.ts";

const Topic = z.object({
  scope: z.string(),
  supportedPayloads: z.array(
    z.object({
      schemaVersion: z.string(),
      format: z.array(z.string()).default([]),
      deliveryProtocol: z.string().default("HTTPS"),
      deprecated: z.boolean().default(false),
    }),
  ),
});
const Subscription = z.object({
  subscriptionId: z.string(),
  topicId: z.string(),
  destinationId: z.string(),
  status: z.string(),
  payload: z.object({ schemaVersion: z.string().optional() }).default({}),
});
type Subscription = z.infer<typeof Subscription>;
const Page = z.object({ subscriptions: z.array(Subscription).default([]), next: z.string().optional() });
const nothing = z.unknown();
const SUBSCRIPTION_EXISTS = "195012";

/**
 * One enabled subscription of the topic to the destination. Who subscribes is the topic's to say: USER topics belong
 * to the seller, APPLICATION topics to the keyset.
 * @throws {ChannelError} code 195011: eBay does not grant this topic.
 */
export async function ensureSubscription(
  { application, seller }: { readonly application: Subscriber; readonly seller: Subscriber },
  wanted: { readonly topicId: string; readonly destinationId: string },
  mended: Mending,
): Promise<void> {
  const { topicId, destinationId } = wanted;
  const topic = await application(Topic, (api) => api.commerce.notification.getTopic(topicId));
  const subscriber = topic.scope === "APPLICATION" ? application : seller;

  const payload = payloadOf(topicId, topic);
  const body = { destinationId, status: "ENABLED", payload };
  const known = await findSubscription(subscriber, topicId, payload.schemaVersion);
  if (!known) {
    const isNew = await createSubscription(subscriber, { topicId, ...body });
    if (isNew) mended.push(`${topicId} was not subscribed to: subscribed.`);
    return;
  }
  const damage = damageTo(known, destinationId, payload.schemaVersion);
  if (damage === undefined) return;
  await subscriber(nothing, (api) => api.commerce.notification.updateSubscription(known.subscriptionId, body));
  mended.push(`The subscription to ${topicId} ${damage}: mended.`);
}

function damageTo(known: Subscription, destinationId: string, newest: string): string | undefined {
  if (known.status !== "ENABLED") return `was ${known.status}`;
  if (known.destinationId !== destinationId) return "went to another destination";
  const { schemaVersion = newest } = known.payload;
  return schemaVersion === newest ? undefined : `was of version ${schemaVersion}, and eBay's newest is ${newest}`;
}

/** One of each topic and version there may be; that of the newest is the one that lasts. */
async function findSubscription(subscriber: Subscriber, topicId: string, newest: string) {
  const all = await listAll(async (page) => {
    const { subscriptions, next } = await subscriber(Page, (api) => api.commerce.notification.getSubscriptions(page));
    return { items: subscriptions, next };
  });
  const ofTopic = all.filter((subscription) => subscription.topicId === topicId);
  return ofTopic.find(({ payload }) => payload.schemaVersion === newest) ?? ofTopic[0];
}

/** Two processes may subscribe at once; that it exists by now is what was wanted. @returns whether we made it. */
async function createSubscription(subscriber: Subscriber, body: object): Promise<boolean> {
  try {
    await subscriber(nothing, (api) => api.commerce.notification.createSubscription(body));
    return true;
  } catch (error) {
    if (error instanceof ChannelError && error.code === SUBSCRIPTION_EXISTS) return false;
    throw error;
  }
}

/** The newest JSON payload over HTTPS that eBay still supports. */
function payloadOf(topicId: string, { supportedPayloads }: z.infer<typeof Topic>) {
  const [newest] = supportedPayloads
    .filter(
      ({ format, deprecated, deliveryProtocol }) =>
        format.includes("JSON") && !deprecated && deliveryProtocol === "HTTPS",
    )
    .sort((a, b) => b.schemaVersion.localeCompare(a.schemaVersion, "en", { numeric: true }));
  if (newest) return { format: "JSON", schemaVersion: newest.schemaVersion, deliveryProtocol: "HTTPS" };
  throw new ChannelError("rejected", `eBay offers no JSON payload for ${topicId}`, { code: "no_payload" });
}
