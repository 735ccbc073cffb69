import type { ChannelAdapter, ChannelSession } from "@lastunit/adapter-contract";
import { check } from "./check.ts";
import { createClient } from "./client.ts";
import { fields, WalmartCredentials, WalmartSettings, type WalmartConnection } from "./credentials.ts";
import { importListings } from "./import-listings.ts";
import { limits } from "./limits.ts";
import { locations } from "./locations.ts";
import { normalize } from "./normalize.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { readInventory } from "./read-inventory.ts";
import { subscribe } from "./subscribe.ts";
import { webhooks } from "./webhooks.ts";

/** Walmart Marketplace (US), through the seller's own keys. */
export const walmartAdapter: ChannelAdapter<WalmartCredentials, WalmartSettings> = {
  kind: "walmart",
  title: "Walmart",
  credentials: WalmartCredentials,
  settings: WalmartSettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: LISTINGS_PER_CALL,
    comparesAndSets: false,
    // A cancelled line lowers `reservedQty`, so `availToSellQty` rises by itself. The one exception, a line the
    // seller cancels as out of stock, makes Walmart show 0: lower than true, and the next push mends it.
    restocksCancelled: true,
  },
  limits,
  accountOf: (settings) => settings.sellerId.toLowerCase(),
  open,
  webhooks,
};

function open(connection: WalmartConnection): ChannelSession {
  const client = createClient(connection);
  const { settings } = connection;
  return {
    check: (call) => check(client, settings, call),
    locations: (call) => locations(client, call),
    importListings: (cursor, call) => importListings(client, settings, cursor, call),
    pushInventory: (updates, call) => pushInventory(client, settings, updates, call),
    readInventory: (listings, call) => readInventory(client, settings, listings, call),
    pollOrders: (cursor, call) => pollOrders(client, cursor, call),
    subscribe: (url, call) => subscribe(connection, client, url, call),
    normalize: (delivery, call) => normalize(client, settings, delivery, call),
    // Nothing to end: every call is one fetch.
    close: async () => {},
  };
}
