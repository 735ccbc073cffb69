import type { ChannelAdapter, ChannelConnection, ChannelSession } from "@lastunit/adapter-contract";
import { check } from "./check.ts";
import { createClient, limits } from "./client.ts";
import { accountOf, fields, ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { importListings } from "./import-listings.ts";
import { locations } from "./locations.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { readInventory } from "./read-inventory.ts";
import { normalize } from "./webhooks/normalize.ts";
import { subscribe } from "./webhooks/subscribe.ts";
import { verify } from "./webhooks/verify.ts";

export const shopifyAdapter: ChannelAdapter<ShopifyCredentials, ShopifySettings> = {
  kind: "shopify",
  title: "Shopify",
  credentials: ShopifyCredentials,
  settings: ShopifySettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: LISTINGS_PER_CALL,
    comparesAndSets: true,
    // Whoever cancels decides whether the units go back; when they do, Shopify itself puts them on its listing.
    restocksCancelled: true,
  },
  limits,
  accountOf,
  open,
  webhooks: { verify },
};

function open(connection: ChannelConnection<ShopifyCredentials, ShopifySettings>): ChannelSession {
  const client = createClient(connection);
  return {
    check: (call) => check(client, call),
    locations: (call) => locations(client, call),
    importListings: (cursor, call) => importListings(client, cursor, call),
    pushInventory: (updates, call) => pushInventory(client, updates, call),
    readInventory: (listings, call) => readInventory(client, listings, call),
    pollOrders: (cursor, call) => pollOrders(client, cursor, call),
    subscribe: (url, call) => subscribe(client, url, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(),
  };
}
