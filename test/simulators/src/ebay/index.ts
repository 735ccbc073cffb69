import type { ApiRequest, ChannelDefinition, Kit } from "../kit/index.ts";
import { startSimulator } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { analyticsRoutes } from "./analytics.ts";
import { bulkUpdateRoutes } from "./bulk-update.ts";
import { cancelOrder, placeOrder } from "./buying.ts";
import { destinationRoutes } from "./destinations.ts";
import type { Ebay } from "./ebay.ts";
import { tooManyRequests } from "./errors.ts";
import { identityRoutes } from "./identity.ts";
import { inventoryItemRoutes } from "./inventory-items.ts";
import { locationRoutes } from "./locations.ts";
import { notificationConfigRoutes } from "./notification-config.ts";
import { authorizationRevocation, orderConfirmations } from "./notifications.ts";
import { applicationOfKeys, oauthRoutes, TOKEN_PATH } from "./oauth.ts";
import { offerRoutes } from "./offers.ts";
import { orderRoutes } from "./orders.ts";
import { openSeller, type Seller } from "./seller.ts";
import { createSigner } from "./signer.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { bearerToken, createTokens } from "./tokens.ts";
import { topicRoutes } from "./topics.ts";

export interface EbaySimulatorOptions extends SimulatorOptions {
  /**
   * Whether eBay puts the units of a cancelled order back on the listing. Not documented, and by default it does not,
   * so that a merchant's software has to push the quantity itself.
   */
  readonly restocksCancelled?: boolean;
}

/**
 * eBay on loopback: OAuth, Sell Inventory, Sell Fulfillment, Commerce Identity, Commerce Notification and Developer
 * Analytics, for many sellers, each with a keyset of its own. Calls may name the host they are meant for in `x-sim-host`.
 */
export function startEbaySimulator(options: EbaySimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<Seller>(options, (kit) => defineEbay(kit, options.restocksCancelled ?? false));
}

function defineEbay(kit: Kit<Seller>, restocksCancelled: boolean): ChannelDefinition<Seller> {
  const { random } = kit;
  const ebay = { kit, tokens: createTokens(random), signer: createSigner(random.uuid()) };
  return {
    kind: "ebay",
    routes: [
      ...oauthRoutes(ebay),
      ...inventoryItemRoutes(ebay),
      ...bulkUpdateRoutes(ebay),
      ...offerRoutes(ebay),
      ...locationRoutes(ebay),
      ...orderRoutes(ebay),
      ...identityRoutes(ebay),
      ...notificationConfigRoutes(ebay),
      ...destinationRoutes(ebay),
      ...topicRoutes(ebay),
      ...subscriptionRoutes(ebay),
      ...analyticsRoutes(ebay),
    ],
    openAccount: (seed) => openSeller(seed, kit),
    accountOf: (request) => accountOf(ebay, request),
    throttled: tooManyRequests,
    revoke(seller) {
      seller.isRevoked = true;
      kit.notifier.notify(authorizationRevocation(ebay, seller));
    },
    place(seller, buyerOrder) {
      const order = placeOrder(seller, buyerOrder, random);
      return { orderId: order.orderId, notifications: orderConfirmations(ebay, seller, order) };
    },
    cancel(seller, orderId) {
      cancelOrder(seller, orderId, restocksCancelled, random);
      // eBay has no topic for cancellations: only the order itself tells.
      return { restocked: restocksCancelled, notifications: [] };
    },
  };
}

function accountOf(ebay: Ebay, request: ApiRequest): string {
  const authorization = request.headers["authorization"];
  const application =
    request.path === TOKEN_PATH
      ? applicationOfKeys(ebay, request)
      : ebay.tokens.applicationOf(bearerToken(authorization) ?? "");
  return application?.owner ?? "";
}
