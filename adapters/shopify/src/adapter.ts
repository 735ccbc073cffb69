import type { CallContext, ChannelAdapter, ChannelConnection, ChannelSession } from "@lastunit/adapter-contract";
import { authorization } from "./authorization.ts";
import { check } from "./check.ts";
import { createClient, limits } from "./client.ts";
import { accountOf, carryOver, fields, ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { importListings } from "./import-listings.ts";
import { locations } from "./locations.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { PRICES_PER_CALL, pushPrices } from "./push-prices.ts";
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
    appliesWithinMs: 0,
    revisionsPerDay: null,
    quantityBasis: "available",
    feeds: null,
    pricesPerCall: PRICES_PER_CALL,
  },
  limits,
  accountOf,
  carryOver,
  open,
  authorization,
  webhooks: { verify },
};

function open(connection: ChannelConnection<ShopifyCredentials, ShopifySettings>): ChannelSession {
  const client = createClient(connection);
  const mayActivate = connection.settings.activateLocations === "yes";
  return {
    check: (call) => check(client, connection.credentials, call),
    locations: (call) => locations(client, call),
    importListings: (cursor, call) => importListings(client, { cursor, mayActivate }, inBackground(call)),
    pushInventory: (updates, call) => pushInventory(client, updates, { mayActivate }, call),
    readInventory: (listings, call) => readInventory(client, listings, call),
    // A price may wait; a sold-out listing may not.
    pushPrices: (updates, call) => pushPrices(client, updates, inBackground(call)),
    pollOrders: (from, call) => pollOrders(client, from, inBackground(call)),
    subscribe: (url, call) => subscribe(client, url, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(),
  };
}

function inBackground(call: CallContext): CallContext {
  return { ...call, urgency: "background" };
}
