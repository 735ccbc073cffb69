import { asArray, asObject, asText, type JsonObject, type Kit } from "../kit/index.ts";
import { newId, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import type { Connection, Source } from "./project.ts";
import { QueryProblem, type Field } from "./query.ts";

/** The topics an inventory app may want (Shopify docs, WebhookSubscriptionTopic). */
const TOPICS = [
  "ORDERS_CREATE",
  "ORDERS_UPDATED",
  "ORDERS_EDITED",
  "ORDERS_CANCELLED",
  "REFUNDS_CREATE",
  "INVENTORY_LEVELS_UPDATE",
  "INVENTORY_LEVELS_CONNECT",
  "INVENTORY_LEVELS_DISCONNECT",
  "INVENTORY_ITEMS_UPDATE",
  "INVENTORY_ITEMS_DELETE",
  "PRODUCTS_DELETE",
  "APP_UNINSTALLED",
  "APP_SCOPES_UPDATE",
  "BULK_OPERATIONS_FINISH",
] as const;

export type Topic = (typeof TOPICS)[number];

export interface Subscription {
  /** The gid. */
  readonly id: string;
  readonly topic: Topic;
  readonly uri: string;
  readonly includeFields: readonly string[];
  readonly name: string | null;
  readonly createdAt: string;
  /** Deliveries that failed in a row. */
  failures: number;
}

const INPUT_FIELDS = ["uri", "format", "includeFields", "name"];

/**
 * `webhookSubscriptionCreate`. Shopify takes https addresses only; the simulator also takes http on loopback, where the
 * software under test listens. `filter` and `metafields` are not simulated and refused.
 */
export function createSubscription(shop: Shop, { args }: Field, kit: Kit<Shop>): JsonObject {
  const topic = TOPICS.find((each) => each === args["topic"]);
  if (!topic)
    throw new QueryProblem("INVALID_VARIABLE", `Expected ${String(args["topic"])} to be a WebhookSubscriptionTopic`);
  const input = asObject(args["webhookSubscription"]) ?? {};
  const unknown = Object.keys(input).find((name) => !INPUT_FIELDS.includes(name));
  if (unknown)
    throw new QueryProblem("INVALID_VARIABLE", `Field is not defined on WebhookSubscriptionInput: ${unknown}`);
  const uri = asText(input["uri"]) ?? "";
  const problem = problemOf(shop, topic, uri);
  if (problem) {
    return { webhookSubscription: null, userErrors: [{ field: ["webhookSubscription", "uri"], message: problem }] };
  }
  const subscription: Subscription = {
    id: gid("WebhookSubscription", newId(kit)),
    topic,
    uri,
    includeFields: (asArray(input["includeFields"]) ?? []).map(String),
    name: asText(input["name"]) ?? null,
    createdAt: new Date().toISOString(),
    failures: 0,
  };
  shop.subscriptions.set(subscription.id, subscription);
  return { webhookSubscription: subscriptionSource(subscription), userErrors: [] };
}

function problemOf(shop: Shop, topic: Topic, uri: string): string | undefined {
  if (!URL.canParse(uri)) return "Address is invalid";
  if (!isReachable(uri)) return "Address protocol http:// is not supported";
  const isTaken = [...shop.subscriptions.values()].some((each) => each.topic === topic && each.uri === uri);
  return isTaken ? "Address for this topic has already been taken" : undefined;
}

/** An https address, or http on loopback, where the software under test listens. */
export function isReachable(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isLoopback);
}

export function deleteSubscription(shop: Shop, { args }: Field): JsonObject {
  const id = asText(args["id"]) ?? "";
  if (shop.subscriptions.delete(id)) return { deletedWebhookSubscriptionId: id, userErrors: [] };
  const userErrors = [{ field: ["id"], message: "Webhook subscription does not exist" }];
  return { deletedWebhookSubscriptionId: null, userErrors };
}

export function subscriptionsOf(shop: Shop, args: JsonObject): Connection {
  const topics = asArray(args["topics"]);
  const items = [...shop.subscriptions.values()]
    .filter(({ topic }) => !topics || topics.includes(topic))
    .filter(({ uri }) => args["uri"] === undefined || args["uri"] === uri)
    .map(subscriptionSource);
  return { items, rank: ({ id }) => String(id) };
}

function subscriptionSource(subscription: Subscription): Source {
  return {
    ...subscription,
    __typename: "WebhookSubscription",
    format: "JSON",
    filter: "",
    updatedAt: subscription.createdAt,
  };
}
