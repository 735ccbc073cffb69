import {
  ChannelError,
  WebhookError,
  type ChannelAdapter,
  type ChannelConnection,
  type ChannelSession,
  type Delivery,
  type InboundFacts,
} from "@lastunit/adapter-contract";
import { accountOf, fields, WebhookCredentials, WebhookSettings } from "./credentials.ts";
import { readMovements, textOf } from "./movements.ts";
import { webhooks } from "./webhooks.ts";

/** Any system that tells of stock movements by signed JSON: POS, 3PL or WMS, ERP, own storefront. */
export const webhookAdapter: ChannelAdapter<WebhookCredentials, WebhookSettings> = {
  kind: "webhook",
  title: "Webhook",
  credentials: WebhookCredentials,
  settings: WebhookSettings,
  fields,
  capabilities: {
    pushesInventory: false,
    listingsPerCall: 1,
    comparesAndSets: false,
    restocksCancelled: false,
    appliesWithinMs: 0,
    revisionsPerDay: null,
    quantityBasis: "available",
    feeds: null,
    pricesPerCall: 0,
  },
  limits: {},
  accountOf,
  open,
  webhooks,
};

/** We only hear from this channel: there is nothing to call. */
function open({ settings }: ChannelConnection<WebhookCredentials, WebhookSettings>): ChannelSession {
  return {
    check: async () => ({ ok: true, account: settings.name, problems: [], renewBy: null }),
    locations: async () => [],
    importListings: async () => ({ listings: [], total: 0, next: null }),
    pushInventory: async (updates) =>
      updates.map(() => ({ status: "rejected", code: "not_pushed", message: "Nothing is pushed to this channel" })),
    readInventory: async (listings) =>
      listings.map(() => ({ status: "missing", message: "This channel shows no quantities" })),
    pollOrders: async () => ({ orders: [], cursor: "", more: false }),
    normalize: async (delivery) => normalize(delivery),
    close: async () => {},
  };
}

/** The body was read at the door already; it can only be wrong here when the rules have changed since. */
function normalize(delivery: Delivery): InboundFacts {
  try {
    return { orders: [], movements: readMovements(textOf(delivery.body)), signals: [] };
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new ChannelError("rejected", error.message, { code: "malformed_delivery" });
  }
}
