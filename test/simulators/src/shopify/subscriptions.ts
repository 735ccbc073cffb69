import { asArray, asObject, asText, type JsonObject, type Kit } from "../kit/index.ts";
import { newId, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import type { Connection, Source } from "./project.ts";
import { QueryProblem, type Field } from "./query.ts";

/** The topics an inventory app may want, each with the scope it needs (Shopify docs, WebhookSubscriptionTopic). */
const topicScopes = {
  ORDERS_CREATE: "read_orders",
  ORDERS_UPDATED: "read_orders",
  ORDERS_EDITED: "read_orders",
  ORDERS_CANCELLED: "read_orders",
  REFUNDS_CREATE: "read_orders",
  INVENTORY_LEVELS_UPDATE: "read_inventory",
  INVENTORY_LEVELS_CONNECT: "read_inventory",
  INVENTORY_LEVELS_DISCONNECT: "read_inventory",
  INVENTORY_ITEMS_UPDATE: "read_inventory",
  INVENTORY_ITEMS_DELETE: "read_inventory",
  PRODUCTS_DELETE: "read_products",
  APP_UNINSTALLED: null,
  APP_SCOPES_UPDATE: null,
  BULK_OPERATIONS_FINISH: null,
} satisfies { readonly [topic: string]: string | null };

export type Topic = keyof typeof topicScopes;

export interface Subscription {
  /** The gid. */
  readonly id: string;
  readonly topic: Topic;
  readonly uri: string;
  readonly includeFields: readonly string[];
  readonly name: string | null;
  readonly createdAt: string;
  /** Of the app's own configuration: no call lists or deletes it, and Shopify never removes it. */
  readonly isOfApp: boolean;
  /** Deliveries that failed in a row. */
  failures: number;
}

const INPUT_FIELDS = ["uri", "format", "includeFields", "name"];

/**
 * `webhookSubscriptionCreate`. Shopify takes https addresses only; the simulator also takes http on loopback, where the
 * software under test listens. `filter` and `metafields` are not simulated and refused.
 */
export function createSubscription(shop: Shop, { args }: Field, kit: Kit<Shop>): JsonObject {
  const topic = topicOf(args["topic"]);
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
  const includeFields = (asArray(input["includeFields"]) ?? []).map(String);
  const name = asText(input["name"]) ?? null;
  const subscription = addSubscription(shop, { topic, uri, includeFields, name, isOfApp: false }, kit);
  return { webhookSubscription: subscriptionSource(subscription), userErrors: [] };
}

/** A subscription of `shopify.app.toml`, to all that the topic tells. @throws when the topic is not simulated. */
export function subscribeApp(shop: Shop, topicName: string, uri: string, kit: Kit<Shop>): void {
  const topic = topicOf(topicName);
  if (!topic) throw new Error(`topic ${topicName} is not simulated`);
  addSubscription(shop, { topic, uri, includeFields: [], name: null, isOfApp: true }, kit);
}

function topicOf(name: unknown): Topic | undefined {
  return typeof name === "string" && isTopic(name) ? name : undefined;
}

function isTopic(name: string): name is Topic {
  return Object.hasOwn(topicScopes, name);
}

function addSubscription(
  shop: Shop,
  given: Omit<Subscription, "id" | "createdAt" | "failures">,
  kit: Kit<Shop>,
): Subscription {
  const id = gid("WebhookSubscription", newId(kit));
  const subscription = { ...given, id, createdAt: new Date().toISOString(), failures: 0 };
  shop.subscriptions.set(id, subscription);
  return subscription;
}

/** Those that an app made for this shop by the API. */
export function shopSubscriptions(shop: Shop): readonly Subscription[] {
  return [...shop.subscriptions.values()].filter(({ isOfApp }) => !isOfApp);
}

function problemOf(shop: Shop, topic: Topic, uri: string): string | undefined {
  const scope = topicScopes[topic];
  if (scope !== null && !shop.tokens.scopes.includes(scope))
    return "You cannot create a webhook subscription with the specified topic";
  if (!URL.canParse(uri)) return "Address is invalid";
  if (!isReachable(uri)) return "Address protocol http:// is not supported";
  const isTaken = shopSubscriptions(shop).some((each) => each.topic === topic && each.uri === uri);
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
  const isKnown = shopSubscriptions(shop).some((each) => each.id === id);
  if (isKnown && shop.subscriptions.delete(id)) return { deletedWebhookSubscriptionId: id, userErrors: [] };
  const userErrors = [{ field: ["id"], message: "Webhook subscription does not exist" }];
  return { deletedWebhookSubscriptionId: null, userErrors };
}

export function subscriptionsOf(shop: Shop, args: JsonObject): Connection {
  const topics = asArray(args["topics"]);
  const items = shopSubscriptions(shop)
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
