import { afterEach, beforeEach, expect, vi } from "vitest";
import type { AccountSeed } from "../simulator.ts";
import { eventually } from "../testing/eventually.ts";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import { shopifyClient } from "../testing/shopify-client.ts";
import { startShopifySimulator, type ShopifySimulator, type ShopifySimulatorOptions } from "./index.ts";

interface Bench {
  readonly simulator: ShopifySimulator;
  readonly shop: ReturnType<typeof shopifyClient>;
  receiver: Receiver;
}

export const SUBSCRIBE = `mutation S($topic: WebhookSubscriptionTopic!, $s: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $s) { webhookSubscription { id topic uri } userErrors { field message } } }`;

/**
 * For each test of a file: a simulator, its shop `acme` and whoever receives its webhooks.
 * @param listings of the shop.
 */
export function useShop(
  listings: AccountSeed["listings"] = [{ sku: "A", quantity: 5 }],
  options: ShopifySimulatorOptions = {},
) {
  let bench: Bench | undefined;
  beforeEach(async () => {
    const simulator = await startShopifySimulator({ seed: 1, ...options });
    const account = await simulator.addAccount({ account: "acme", listings });
    bench = { simulator, shop: shopifyClient(simulator, account), receiver: await startReceiver() };
  });
  afterEach(async () => {
    vi.useRealTimers();
    await bench?.simulator.stop();
    await bench?.receiver[Symbol.asyncDispose]();
  });
  const current = () => {
    if (!bench) throw new Error("a shop exists only inside a test");
    return bench;
  };

  /** Has the shop tell the receiver of a topic. @param more of the subscription. @returns what Shopify answers. */
  async function subscribe(topic: string, more: object = {}) {
    const { shop, receiver } = current();
    const { body } = await shop.graphql(SUBSCRIBE, { topic, s: { uri: receiver.url, format: "JSON", ...more } });
    return body.data?.["webhookSubscriptionCreate"];
  }

  /** A buyer's order of A that must succeed; its id. */
  async function buy(quantity = 1): Promise<string> {
    const order = await current().simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity }] });
    if ("refused" in order) throw new Error("sold out");
    return order.orderId;
  }

  /** Waits for that many webhooks in all; by topic. */
  async function received(count: number) {
    const { receiver } = current();
    await eventually(() => expect(receiver.received).toHaveLength(count));
    return new Map(receiver.received.map((each) => [String(each.headers["x-shopify-topic"]), each]));
  }

  /** From now on another receiver, which answers the next webhooks with these statuses, and then with 200. */
  async function receiveWith(statuses: readonly number[]): Promise<void> {
    await current().receiver[Symbol.asyncDispose]();
    current().receiver = await startReceiver(statuses);
  }

  return {
    get simulator() {
      return current().simulator;
    },
    get shop() {
      return current().shop;
    },
    get receiver() {
      return current().receiver;
    },
    subscribe,
    buy,
    received,
    receiveWith,
  };
}
