import { startSimulator, type ApiRequest, type ChannelDefinition, type Kit } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import {
  cancelOrder,
  cancelUnits,
  CUSTOMER_REQUEST,
  lineOf,
  openUnits,
  orderOf,
  placeOrder,
  shipUnits,
} from "./buying.ts";
import { consentPageRoutes } from "./consent-page.ts";
import { createConsents } from "./consents.ts";
import { tooManyRequests } from "./errors.ts";
import { orderUpdate, outOfStock, returnCreated } from "./events.ts";
import { feedRoutes } from "./feeds.ts";
import { inventoriesRoutes } from "./inventories.ts";
import { inventoryRoutes } from "./inventory.ts";
import { itemRoutes } from "./items.ts";
import { oauthRoutes, sellerOfTokenRequest, TOKEN_PATH } from "./oauth.ts";
import { orderRoutes } from "./orders.ts";
import { partnerProfileRoute } from "./partner-profile.ts";
import { priceRoutes, simulatedPrices } from "./prices.ts";
import { returnUnits } from "./returning.ts";
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
  /** How `x-next-replenishment-time` is written, both of which were seen; default epoch milliseconds. */
  readonly timeFormat?: "epoch" | "iso";
  /** Whether a shipped unit leaves the input quantity by itself, on which Walmart's documents disagree; default true. */
  readonly shippingLowersInput?: boolean;
  /** Orders that one search may find before it is refused; default 10,000, as Walmart has it. */
  readonly ordersPerSearch?: number;
  /** Ship nodes of each seller; all stock is at the first to begin with. Default 1. */
  readonly shipNodes?: number;
}

/** The wait named by a throttle that a fault asked for, not an empty bucket. */
const FAULT_WAIT_MS = 1_000;

/**
 * Walmart Marketplace (US) on loopback, for many sellers; ./README.md tells what is enforced and what is not. An account's
 * permissions are scopes, `orders` or `orders:view_only`.
 */
export function startWalmartSimulator(options: WalmartSimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<Seller>(options, (kit) => defineWalmart(kit, options));
}

function defineWalmart(kit: Kit<Seller>, options: WalmartSimulatorOptions): ChannelDefinition<Seller> {
  const stopping = new AbortController();
  const walmart: Walmart = {
    kit,
    tokens: createTokens(kit.random),
    consents: createConsents(kit.random),
    feedDelayMs: options.feedDelayMs ?? 500,
    signatureEncoding: options.signatureEncoding ?? "base64",
    timeFormat: options.timeFormat ?? "epoch",
    shippingLowersInput: options.shippingLowersInput ?? true,
    ordersPerSearch: options.ordersPerSearch ?? 10_000,
    stopping: stopping.signal,
  };
  return {
    kind: "walmart",
    routes: [
      ...oauthRoutes(walmart),
      ...consentPageRoutes(walmart),
      ...inventoryRoutes(walmart),
      ...inventoriesRoutes(walmart),
      ...feedRoutes(walmart),
      ...shipNodeRoutes(walmart),
      partnerProfileRoute(walmart),
      ...itemRoutes(walmart),
      ...priceRoutes(walmart),
      ...orderRoutes(walmart),
      ...returnRoutes(walmart),
      ...subscriptionRoutes(walmart),
    ],
    openAccount: (seed) => openSeller(seed, kit, options.shipNodes ?? 1),
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
    cancelUnits(seller, orderId, { sku, quantity }) {
      const order = orderOf(seller, orderId);
      const line = lineOf(order, sku);
      if (openUnits(line).length < quantity) throw new Error(`order ${orderId} has fewer than ${quantity} open units`);
      cancelUnits(seller, order, line, quantity, CUSTOMER_REQUEST);
      return { restocked: true, notifications: orderUpdate(walmart, seller, order, "PO_LINE_AUTOCANCELLED") };
    },
    ship(seller, orderId) {
      const order = orderOf(seller, orderId);
      for (const line of order.lines) {
        shipUnits(seller, order, line, openUnits(line).length, walmart.shippingLowersInput);
      }
      return [];
    },
    refund(seller, orderId, refund) {
      return returnCreated(walmart, seller, returnUnits(seller, orderId, refund, kit.random));
    },
    switchOff(seller) {
      for (const [id, one] of seller.subscriptions) seller.subscriptions.set(id, { ...one, status: "INACTIVE" });
    },
    prices: simulatedPrices,
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
      ? sellerOfTokenRequest(walmart, request)
      : walmart.tokens.sellerOf(request.headers["wm_sec.access_token"]);
  return seller?.name ?? "";
}
