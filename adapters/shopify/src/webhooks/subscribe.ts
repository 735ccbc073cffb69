import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "../client.ts";
import { PageInfo } from "../paging.ts";

/** Nothing of the customer: customer data is protected, and stock needs none. */
const orderFields = ["id", "created_at", "updated_at", "location_id", "line_items", "refunds"];

/** The topics we listen to, and the fields of each; an empty list is all fields. */
export const topics: { readonly [topic: string]: readonly string[] } = {
  ORDERS_CREATE: orderFields,
  ORDERS_UPDATED: orderFields,
  ORDERS_CANCELLED: orderFields,
  REFUNDS_CREATE: ["id", "order_id"],
  INVENTORY_LEVELS_UPDATE: [],
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

const Refused = z.object({ userErrors: z.array(z.object({ message: z.string() })) });
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
 * subscription it does not know. Also mends what Shopify deleted (after 8 failed deliveries in a row).
 */
export async function subscribe(client: ShopifyClient, url: string, call: CallContext): Promise<void> {
  const ours = (await allSubscriptions(client, call)).filter((each) => isOurs(each, url));
  for (const { id } of ours.filter((each) => !isAsWanted(each, url))) {
    const { webhookSubscriptionDelete } = await client.run(deleteSubscription, { id }, call);
    assertTaken(webhookSubscriptionDelete, id);
  }
  const present = new Set(ours.filter((each) => isAsWanted(each, url)).map(({ topic }) => topic));
  for (const [topic, includeFields] of Object.entries(topics)) {
    if (present.has(topic)) continue;
    const subscription = { uri: url, format: "JSON", includeFields };
    const { webhookSubscriptionCreate } = await client.run(createSubscription, { topic, subscription }, call);
    assertTaken(webhookSubscriptionCreate, topic);
  }
}

/** The address's path names this channel, so a subscription with it under another host is ours from before a move. */
function isOurs({ topic, uri }: Subscription, url: string): boolean {
  return topic in topics && URL.canParse(uri) && new URL(uri).pathname === new URL(url).pathname;
}

function isAsWanted({ topic, uri, includeFields }: Subscription, url: string): boolean {
  const wanted = topics[topic] ?? [];
  return (
    uri === url && wanted.length === includeFields.length && wanted.every((field) => includeFields.includes(field))
  );
}

async function allSubscriptions(client: ShopifyClient, call: CallContext): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  let after: string | null = null;
  do {
    const page: z.infer<typeof Subscriptions> = await client.run(listSubscriptions, { after }, call);
    const { nodes, pageInfo } = page.webhookSubscriptions;
    found.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

function assertTaken({ userErrors }: z.infer<typeof Refused>, subject: string): void {
  const [error] = userErrors;
  if (error) throw new ChannelError("rejected", `${subject}: ${error.message}`, { code: "subscription_refused" });
}
