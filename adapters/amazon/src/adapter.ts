import type { ChannelAdapter, ChannelSession } from "@lastunit/adapter-contract";
import { authorization } from "./authorization.ts";
import { check } from "./check.ts";
import { createClient } from "./client.ts";
import {
  accountOf,
  AmazonCredentials,
  AmazonSettings,
  carryOver,
  fields,
  type AmazonConnection,
} from "./connection.ts";
import { cancelFeed } from "./feeds/cancel.ts";
import { collectFeed } from "./feeds/collect.ts";
import { MOST_MESSAGES } from "./feeds/messages.ts";
import { submitFeed } from "./feeds/submit.ts";
import { createFulfillmentWatch } from "./fulfillment-watch.ts";
import { importListings } from "./import-listings.ts";
import { limits } from "./limits.ts";
import { normalize } from "./notifications/normalize.ts";
import { createQueueReader } from "./notifications/receive.ts";
import { subscribe } from "./notifications/subscribe.ts";
import { PATCHES_AT_ONCE } from "./patch-listings.ts";
import { pollOrders } from "./poll-orders.ts";
import { pushInventory } from "./push-inventory.ts";
import { pushPrices } from "./push-prices.ts";
import { readInventory } from "./read-inventory.ts";

/** Read back after 5 to 15 minutes (selling-partner-api-docs, issue 2167): earlier the old number may still be shown. */
const APPLIES_WITHIN_MS = 15 * 60_000;
/** From about so many listings on Amazon's own engineers advise a feed (selling-partner-api-models, issue 543). */
const FEED_FROM = 1_500;
/** searchOrders allows one call in 179 s; what is left over is for polls that are asked for, and for `check`. */
const POLL_EVERY_MS = 200_000;

export const amazonAdapter: ChannelAdapter<AmazonCredentials, AmazonSettings> = {
  kind: "amazon",
  title: "Amazon",
  credentials: AmazonCredentials,
  settings: AmazonSettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: PATCHES_AT_ONCE,
    comparesAndSets: false,
    // They come back when the buyer cancels, but perhaps not when the merchant does for want of stock.
    restocksCancelled: false,
    ordersMayPend: true,
    appliesWithinMs: APPLIES_WITHIN_MS,
    revisionsPerDay: null,
    quantityBasis: "available",
    feeds: { from: FEED_FROM, listings: MOST_MESSAGES },
    pricesPerCall: PATCHES_AT_ONCE,
    pollEveryMs: POLL_EVERY_MS,
  },
  limits,
  accountOf,
  carryOver,
  authorization,
  open,
};

function open(connection: AmazonConnection): ChannelSession {
  const client = createClient(connection);
  const queue = createQueueReader(connection);
  const watch = createFulfillmentWatch(client);
  return {
    check: (call) => check(connection, client, queue, call),
    // One number for all the places a merchant-fulfilled listing ships from.
    locations: () => Promise.resolve([]),
    importListings: (cursor, call) => importListings(client, watch, cursor, call),
    pushInventory: (updates, call) => pushInventory(client, watch, updates, call),
    readInventory: (listings, call) => readInventory(client, watch, listings, call),
    submitFeed: (updates, call) => submitFeed(client, watch, updates, call),
    collectFeed: (feedId, updates, call) => collectFeed(client, watch, feedId, updates, call),
    cancelFeed: (feedId, call) => cancelFeed(client, feedId, call),
    pushPrices: (updates, call) => pushPrices(client, updates, call),
    pollOrders: (from, call) => pollOrders(client, from, call),
    subscribe: (_url, call) => subscribe(connection, client, call),
    receive: (waitSeconds, call) => queue.receive(waitSeconds, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(queue.close()),
  };
}
