import type { ChannelAdapter, ChannelConnection, ChannelSession } from "@lastunit/adapter-contract";
import { check } from "./check.ts";
import { createClient, limits } from "./client.ts";
import { accountOf, EbayCredentials, EbaySettings, fields } from "./connection.ts";
import { importListings } from "./import-listings.ts";
import { normalize } from "./notifications/normalize.ts";
import { subscribe } from "./notifications/subscribe.ts";
import { createReceiver } from "./notifications/verify.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { readInventory } from "./read-inventory.ts";

export const ebayAdapter: ChannelAdapter<EbayCredentials, EbaySettings> = {
  kind: "ebay",
  title: "eBay",
  credentials: EbayCredentials,
  settings: EbaySettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: LISTINGS_PER_CALL,
    comparesAndSets: false,
    // Whether eBay puts units back after a cancellation depends on the seller's own settings: unknown, so false.
    restocksCancelled: false,
  },
  limits,
  accountOf,
  open,
  webhooks: createReceiver(),
};

function open(connection: ChannelConnection<EbayCredentials, EbaySettings>): ChannelSession {
  const client = createClient(connection);
  return {
    check: (call) => check(client, call),
    // A listing on eBay has one number for all the places it ships from.
    locations: () => Promise.resolve([]),
    importListings: (cursor, call) => importListings(client, cursor, call),
    pushInventory: (updates, call) => pushInventory(client, updates, call),
    readInventory: (listings, call) => readInventory(client, listings, call),
    pollOrders: (cursor, call) => pollOrders(client, cursor, call),
    subscribe: (url, call) => subscribe(connection, client, url, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(),
  };
}
