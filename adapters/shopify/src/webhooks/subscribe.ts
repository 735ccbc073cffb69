import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "../client.ts";
import { Words } from "../errors.ts";
import { allNodes, PageInfo } from "../paging.ts";

/** Of a line also no `properties`: what buyers write there is theirs, and with hundreds of lines the body gets too large. */
const lineFields = ["id", "variant_id", "sku", "quantity"].map((field) => `line_items.${field}`);

/**
 * The topics we listen to, and the fields of each; an empty list is all fields. Nothing of the customer: customer data
 * is protected, and stock needs none. Not `orders/updated`, which also fires for every payment, tag and shipment: what
 * takes units or gives them back has a topic of its own, and polling finds the rest. Not `inventory_levels/update`,
 * which echoes each of our own writes and names no cause: a delivery for each listing pushed, of which none says anything.
 */
export const topics: { readonly [topic: string]: readonly string[] } = {
  ORDERS_CREATE: ["id", "created_at", "location_id", ...lineFields],
  ORDERS_EDITED: ["order_edit"],
  ORDERS_CANCELLED: ["id"],
  REFUNDS_CREATE: ["id", "order_id"],
  INVENTORY_LEVELS_DISCONNECT: [],
  APP_UNINSTALLED: ["id"],
};

const Subscription = z.object({
  id: z.string(),
  topic: z.string(),
  uri: z.string(),
  includeFields: z.array(z.string()),
});
type Subscription = z.infer<typeof Subscription>;
const Subscriptions = z.object({
  webhookSubscriptions: z.object({ nodes: z.array(Subscription), pageInfo: PageInfo }),
});

const listSubscriptions: Operation<z.infer<typeof Subscriptions>> = {
  document: `query Subscriptions($after: String) {
    webhookSubscriptions(first: 250, after: $after) {
      nodes { id topic uri includeFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  cost: 20,
  answer: Subscriptions,
};

const Refused = z.object({ userErrors: z.array(z.object({ message: Words })) });
type Refused = z.infer<typeof Refused>;
const Created = z.object({ webhookSubscriptionCreate: Refused });
const Deleted = z.object({ webhookSubscriptionDelete: Refused });

const createSubscription: Operation<z.infer<typeof Created>> = {
  document: `mutation Subscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) { userErrors { message } }
  }`,
  cost: 10,
  answer: Created,
};

const deleteSubscription: Operation<z.infer<typeof Deleted>> = {
  document: `mutation Unsubscribe($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }`,
  cost: 10,
  answer: Deleted,
};

/**
 * Makes the shop's subscriptions what they should be. Not by the library's `webhooks.register`, which deletes every
 * subscription it does not know. Also mends what Shopify deleted (after 8 failed deliveries in a row). What Shopify
 * refuses of one topic (it needs a scope that was not granted) leaves the others subscribed to.
 * @returns what it mended, one sentence each.
 * @throws {ChannelError} `rejected` when anything was refused, with all of it.
 */
export async function subscribe(client: ShopifyClient, url: string, call: CallContext): Promise<readonly string[]> {
  const mended: string[] = [];
  const refused: string[] = [];
  const note = ({ userErrors: [error] }: Refused, subject: string, done: string) =>
    error ? refused.push(`${subject}: ${error.message}`) : mended.push(done);
  const ours = (await allSubscriptions(client, call)).filter((each) => isOurs(each, url));
  for (const { id, topic } of ours.filter((each) => !isAsWanted(each, url))) {
    const { webhookSubscriptionDelete } = await client.run(deleteSubscription, { id }, call);
    note(webhookSubscriptionDelete, id, `Removed the subscription to ${topic}, which was not as it should be.`);
  }
  const present = new Set(ours.filter((each) => isAsWanted(each, url)).map(({ topic }) => topic));
  for (const [topic, includeFields] of Object.entries(topics)) {
    if (present.has(topic)) continue;
    const subscription = { uri: url, format: "JSON", includeFields };
    const { webhookSubscriptionCreate } = await client.run(createSubscription, { topic, subscription }, call);
    note(webhookSubscriptionCreate, topic, `Subscribed to ${topic}, which was missing.`);
  }
  if (refused.length > 0) throw new ChannelError("rejected", refused.join("; "), { code: "subscription_refused" });
  return mended;
}

/**
 * The address's path names this channel, so a subscription with it is ours: under another host from before a move, with
 * another topic from before an update.
 */
function isOurs({ uri }: Subscription, url: string): boolean {
  return URL.canParse(uri) && new URL(uri).pathname === new URL(url).pathname;
}

function isAsWanted({ topic, uri, includeFields }: Subscription, url: string): boolean {
  const wanted = topics[topic];
  return (
    wanted !== undefined &&
    uri === url &&
    wanted.length === includeFields.length &&
    wanted.every((field) => includeFields.includes(field))
  );
}

async function allSubscriptions(client: ShopifyClient, call: CallContext): Promise<readonly Subscription[]> {
  const read = async (after: string | null) =>
    (await client.run(listSubscriptions, { after }, call)).webhookSubscriptions;
  return allNodes(await read(null), read);
}
