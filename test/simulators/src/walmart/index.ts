import { createBuckets, startSimulator, type ApiRequest, type ChannelDefinition, type Kit } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { cancelOrder, placeOrder } from "./buying.ts";
import { tooManyRequests } from "./errors.ts";
import { orderUpdate, outOfStock } from "./events.ts";
import { feedRoutes } from "./feeds.ts";
import { inventoriesRoutes } from "./inventories.ts";
import { inventoryRoutes } from "./inventory.ts";
import { itemRoutes } from "./items.ts";
import { oauthRoutes, sellerOfKeys, TOKEN_PATH } from "./oauth.ts";
import { orderRoutes } from "./orders.ts";
import { returnRoutes } from "./returns.ts";
import { openSeller, type Seller } from "./seller.ts";
import { shipNodeRoutes } from "./ship-nodes.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { createTokens } from "./tokens.ts";
import type { Walmart } from "./walmart.ts";
import { inAcceptedFormat } from "./xml.ts";

export interface WalmartSimulatorOptions extends SimulatorOptions {
  /** Between a feed's submission and the moment its rows apply; default 500. In life it takes minutes. */
  readonly feedDelayMs?: number;
  /** How the HMAC of a delivery is written, which Walmart does not document; default base64. */
  readonly signatureEncoding?: "base64" | "hex";
}

/** The wait named by a throttle that a fault asked for, not an empty bucket. */
const FAULT_WAIT_MS = 1_000;

/** Walmart Marketplace (US) on loopback: tokens, inventory, feeds, items, orders, returns and webhooks, for many sellers. */
export function startWalmartSimulator(options: WalmartSimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<Seller>(options, (kit) => defineWalmart(kit, options));
}

function defineWalmart(kit: Kit<Seller>, options: WalmartSimulatorOptions): ChannelDefinition<Seller> {
  const stopping = new AbortController();
  const walmart: Walmart = {
    kit,
    tokens: createTokens(kit.random),
    buckets: createBuckets(kit.scaleLimits, () => Date.now()),
    feedDelayMs: options.feedDelayMs ?? 500,
    signatureEncoding: options.signatureEncoding ?? "base64",
    stopping: stopping.signal,
  };
  return {
    kind: "walmart",
    routes: [
      ...oauthRoutes(walmart),
      ...inventoryRoutes(walmart),
      ...inventoriesRoutes(walmart),
      ...feedRoutes(walmart),
      ...shipNodeRoutes(walmart),
      ...itemRoutes(walmart),
      ...orderRoutes(walmart),
      ...returnRoutes(walmart),
      ...subscriptionRoutes(walmart),
    ],
    openAccount: (seed) => openSeller(seed, kit),
    accountOf: (request) => accountOf(walmart, request),
    throttled: (request) => inAcceptedFormat(request, throttledByFault()),
    revoke(seller) {
      seller.isRevoked = true;
    },
    place(seller, buyerOrder) {
      const order = placeOrder(seller, buyerOrder, kit.random);
      const created = orderUpdate(walmart, seller, order, "PO_CREATED");
      return { orderId: order.purchaseOrderId, notifications: [...created, ...outOfStock(walmart, seller, order)] };
    },
    cancel(seller, orderId) {
      const order = cancelOrder(seller, orderId);
      return { restocked: true, notifications: orderUpdate(walmart, seller, order, "PO_LINE_AUTOCANCELLED") };
    },
    async stop() {
      stopping.abort();
    },
  };
}

function throttledByFault() {
  const replenishedAt = String(Date.now() + FAULT_WAIT_MS);
  const headers = { "x-current-token-count": "0", "x-next-replenishment-time": replenishedAt };
  return { ...tooManyRequests(), headers };
}

function accountOf(walmart: Walmart, request: ApiRequest): string {
  const seller =
    request.path === TOKEN_PATH
      ? sellerOfKeys(walmart, request)
      : walmart.tokens.sellerOf(request.headers["wm_sec.access_token"]);
  return seller?.name ?? "";
}
