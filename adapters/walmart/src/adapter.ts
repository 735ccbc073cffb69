import type { ChannelAdapter, ChannelSession } from "@lastunit/adapter-contract";
import { authorization } from "./authorization.ts";
import { check } from "./check.ts";
import { createClient } from "./client.ts";
import { carryOver, fields, WalmartCredentials, WalmartSettings, type WalmartConnection } from "./credentials.ts";
import { collectFeed } from "./feeds/collect-feed.ts";
import { feedCapability, submitFeed } from "./feeds/submit-feed.ts";
import { createImporter } from "./import-listings.ts";
import { limits } from "./limits.ts";
import { locations, rememberNodes, type Seller } from "./locations.ts";
import { normalize } from "./normalize.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { PRICES_PER_CALL, pushPrices } from "./push-prices.ts";
import { readInventory } from "./read-inventory.ts";
import { createRecentReads } from "./recent-reads.ts";
import { subscribe } from "./subscribe.ts";
import { webhooks } from "./webhooks.ts";

/** Walmart Marketplace (US), through the seller's own keys or a solution provider's app. */
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
    // seller cancels as out of stock, makes Walmart show 0: polling reports that number as in doubt.
    restocksCancelled: true,
    // Walmart's own numbers change with the answer. What the site shows may follow later; nobody can read that.
    appliesWithinMs: 0,
    revisionsPerDay: null,
    quantityBasis: "includes_unshipped",
    feeds: feedCapability,
    pricesPerCall: PRICES_PER_CALL,
  },
  limits,
  accountOf: (settings) => settings.sellerId.toLowerCase(),
  open,
  carryOver,
  authorization,
  webhooks,
};

function open(connection: WalmartConnection): ChannelSession {
  const client = createClient(connection);
  const { settings } = connection;
  const seller: Seller = { settings, nodesOfAccount: rememberNodes(client) };
  const recent = createRecentReads();
  const importer = createImporter(client, seller);
  return {
    check: (call) => check(client, connection, call),
    locations: (call) => locations(client, call),
    importListings: (cursor, call) => importer.page(cursor, call),
    pushInventory: (updates, call) => pushInventory(client, settings, recent, updates, call),
    readInventory: (listings, call) => readInventory(client, settings, recent, listings, call),
    submitFeed: (updates, call) => submitFeed(client, seller, updates, call),
    collectFeed: (feedId, updates, call) => collectFeed(client, seller, { feedId, updates }, call),
    pushPrices: (updates, call) => pushPrices(client, updates, call),
    pollOrders: (from, call) => pollOrders(client, settings, from, call),
    subscribe: (url, call) => subscribe(connection, client, url, call),
    normalize: (delivery, call) => normalize(client, settings, delivery, call),
    // Nothing to end: every call is one fetch.
    close: async () => {},
  };
}
