import type { ChannelAdapter, ChannelConnection, ChannelSession } from "@lastunit/adapter-contract";
import { authorization } from "./authorization.ts";
import { SKUS_PER_CALL } from "./bulk-update.ts";
import { check } from "./check.ts";
import { createClient } from "./client.ts";
import { accountOf, carryOver, EbayCredentials, EbaySettings, fields } from "./connection.ts";
import { importListings } from "./import-listings.ts";
import { limits } from "./limits.ts";
import { normalize } from "./notifications/normalize.ts";
import { subscribe } from "./notifications/subscribe.ts";
import { createReceiver } from "./notifications/verify.ts";
import { pollOrders } from "./poll-orders.ts";
import { pushInventory } from "./push-inventory.ts";
import { pushPrices } from "./push-prices.ts";
import { readInventory } from "./read-inventory.ts";
import { REVISIONS_PER_TRADING_CALL } from "./trading/revise.ts";

export const ebayAdapter: ChannelAdapter<EbayCredentials, EbaySettings> = {
  kind: "ebay",
  title: "eBay",
  credentials: EbayCredentials,
  settings: EbaySettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: SKUS_PER_CALL,
    pushBuckets: {
      inventory: { listingsPerCall: SKUS_PER_CALL },
      trading: { listingsPerCall: REVISIONS_PER_TRADING_CALL },
    },
    comparesAndSets: false,
    // Whether eBay puts units back after a cancellation depends on the seller's own settings: unknown, so false.
    restocksCancelled: false,
    appliesWithinMs: 0,
    // A calendar day and listing; then eBay freezes the listing until the next (Sell Inventory OpenAPI).
    revisionsPerDay: 250,
    quantityBasis: "available",
    // One call sets 25 quantities, 2,000,000 times a day: the Feed API would bring nothing but delay.
    feeds: null,
    pricesPerCall: SKUS_PER_CALL,
  },
  limits,
  accountOf,
  carryOver,
  open,
  authorization,
  webhooks: createReceiver(),
};

function open(connection: ChannelConnection<EbayCredentials, EbaySettings>): ChannelSession {
  const client = createClient(connection);
  const ofInventoryApi = new Set<string>();
  return {
    check: (call) => check(client, call),
    // A listing on eBay has one number for all the places it ships from.
    locations: () => Promise.resolve([]),
    importListings: (cursor, call) => importListings(client, cursor, ofInventoryApi, call),
    pushInventory: (updates, call) => pushInventory(client, updates, call),
    pushPrices: (updates, call) => pushPrices(client, updates, call),
    readInventory: (listings, call) => readInventory(client, listings, call),
    pollOrders: (from, call) => pollOrders(client, from, call),
    subscribe: (url, call) => subscribe(connection, client, url, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(),
  };
}
