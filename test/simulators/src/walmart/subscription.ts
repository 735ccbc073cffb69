import { asObject, asText, type JsonObject } from "../kit/index.ts";
import type { ScopeName } from "./scopes.ts";

/** What can be subscribed here. The standalone order events, removed in December 2026, are not offered any more. */
export const eventTypes = [
  { resourceName: "ORDER", eventType: "ORDER_UPDATES", eventVersion: "V1", description: "Order life cycle updates" },
  { resourceName: "RETURNS", eventType: "RETURN_CREATED", eventVersion: "V1", description: "Return created" },
  { resourceName: "INVENTORY", eventType: "INVENTORY_OOS", eventVersion: "V1", description: "Item out of stock" },
] as const;

/** What a seller must have been granted, to view at least, to subscribe (Walmart docs: subscribe to an event notification). */
export const scopeOfResource: { readonly [resource in (typeof eventTypes)[number]["resourceName"]]: ScopeName } = {
  ORDER: "orders",
  RETURNS: "returns",
  INVENTORY: "inventory",
};

export interface Subscription extends SubscriptionFields {
  readonly subscriptionId: string;
}

/** What a seller says of a subscription. */
interface SubscriptionFields {
  readonly eventType: string;
  readonly eventVersion: string;
  readonly resourceName: keyof typeof scopeOfResource;
  readonly eventUrl: string;
  readonly authDetails: {
    readonly authMethod: "HMAC";
    /** The header that carries the signature. */
    readonly authHeaderName: string;
    readonly clientSecret: string;
  };
  /** Sent along with every delivery, as they are. */
  readonly headers: { readonly [name: string]: string };
  readonly status: "ACTIVE" | "INACTIVE";
}

/** @returns the name of the field that is missing or wrong, if one is. */
export function readSubscription(event: JsonObject): SubscriptionFields | string {
  const known = eventTypes.find(({ eventType }) => eventType === event["eventType"]);
  if (!known) return "eventType";
  if (event["eventVersion"] !== known.eventVersion) return "eventVersion";
  if (event["resourceName"] !== known.resourceName) return "resourceName";
  const eventUrl = asText(event["eventUrl"]) ?? "";
  if (!isAllowedUrl(eventUrl)) return "eventUrl";
  const auth = asObject(event["authDetails"]);
  const authHeaderName = asText(auth?.["authHeaderName"]);
  const clientSecret = asText(auth?.["clientSecret"]);
  if (auth?.["authMethod"] !== "HMAC" || !authHeaderName || !clientSecret) return "authDetails";
  const status = event["status"] ?? "ACTIVE";
  if (status !== "ACTIVE" && status !== "INACTIVE") return "status";
  const headers = textFields(event["headers"]);
  if (!headers) return "headers";
  const { eventType, eventVersion, resourceName } = known;
  const authDetails = { authMethod: "HMAC", authHeaderName, clientSecret } as const;
  return { eventType, eventVersion, resourceName, eventUrl, authDetails, headers, status };
}

/** Loopback over plain HTTP stands in for the seller's public host. */
function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost"));
}

function textFields(value: unknown): { readonly [name: string]: string } | undefined {
  const entries = Object.entries(asObject(value ?? {}) ?? { value });
  const texts = entries.flatMap(([name, text]) => (typeof text === "string" ? [[name, text] as const] : []));
  return texts.length === entries.length ? Object.fromEntries(texts) : undefined;
}
