import type { ChannelAdapter, ChannelSession } from "@lastunit/adapter-contract";
import { check } from "./check.ts";
import { createClient } from "./client.ts";
import { accountOf, AmazonCredentials, AmazonSettings, fields, type AmazonConnection } from "./connection.ts";
import { importListings } from "./import-listings.ts";
import { limits } from "./limits.ts";
import { normalize } from "./notifications/normalize.ts";
import { createQueueReader } from "./notifications/receive.ts";
import { subscribe } from "./notifications/subscribe.ts";
import { pollOrders } from "./poll-orders.ts";
import { LISTINGS_PER_CALL, pushInventory } from "./push-inventory.ts";
import { readInventory } from "./read-inventory.ts";

export const amazonAdapter: ChannelAdapter<AmazonCredentials, AmazonSettings> = {
  kind: "amazon",
  title: "Amazon",
  credentials: AmazonCredentials,
  settings: AmazonSettings,
  fields,
  capabilities: {
    pushesInventory: true,
    listingsPerCall: LISTINGS_PER_CALL,
    comparesAndSets: false,
    restocksCancelled: true,
  },
  limits,
  accountOf,
  open,
};

function open(connection: AmazonConnection): ChannelSession {
  const client = createClient(connection);
  const queue = createQueueReader(connection);
  return {
    check: (call) => check(client, call),
    // One number for all the places a merchant-fulfilled listing ships from.
    locations: () => Promise.resolve([]),
    importListings: (cursor, call) => importListings(client, cursor, call),
    pushInventory: (updates, call) => pushInventory(client, updates, call),
    readInventory: (listings, call) => readInventory(client, listings, call),
    pollOrders: (cursor, call) => pollOrders(client, cursor, call),
    subscribe: (_url, call) => subscribe(connection, client, call),
    receive: (waitSeconds, call) => queue.receive(waitSeconds, call),
    normalize: (delivery, call) => normalize(client, delivery, call),
    close: () => Promise.resolve(queue.close()),
  };
}
