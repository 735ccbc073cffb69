import type { ApiRequest, ChannelDefinition, Kit } from "../kit/index.ts";
import { startSimulator } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { analyticsRoutes } from "./analytics.ts";
import type { Application } from "./application.ts";
import { bulkUpdateRoutes } from "./bulk-update.ts";
import { cancelOrder, placeOrder, shipOrder } from "./buying.ts";
import { createCodes } from "./codes.ts";
import { sellerOfClient, CONSENT_PATH, consentPageRoutes } from "./consent-page.ts";
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
import type { MadeListing } from "./listing.ts";
import { openSeller, type Seller } from "./seller.ts";
import { createSigning } from "./signer.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { bearerToken, createTokens } from "./tokens.ts";
import { topicRoutes } from "./topics.ts";
import { tradingCallOf, tradingRoutes, tradingToken, usageLimitReached } from "./trading/index.ts";

export interface EbaySimulatorOptions extends SimulatorOptions {
  /**
   * Whether eBay puts the units of a cancelled order back on the listing. Not documented, and by default it does not,
   * so that a merchant's software has to push the quantity itself.
   */
  readonly restocksCancelled?: boolean;
  /** Listings with variations, and those made by another API than `madeBy`. */
  readonly made?: readonly MadeListing[];
  /** The API by which all others were made, each by itself. Default `inventory`; `trading` stands for the website too. */
  readonly madeBy?: MadeListing["by"];
  /** Off: eBay ends a listing that reaches 0. Default on. */
  readonly outOfStockControl?: boolean;
  /** Topics refused as for approved partners only (195011). Default none. */
  readonly partnerTopics?: readonly string[];
  /** `bulk_update_price_quantity` takes one SKU a call, as one of eBay's own pages has it. Default 25. */
  readonly oneSkuPerUpdate?: boolean;
}

/**
 * eBay on loopback: OAuth with its consent page, Sell Inventory, Sell Fulfillment, Commerce Identity, Commerce
 * Notification, Developer Analytics and what of the Trading API concerns stock, for many sellers, each with a keyset of
 * its own. Calls may name the host they are meant for in `x-sim-host`. README.md tells what is enforced.
 */
export function startEbaySimulator(options: EbaySimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<Seller>(options, (kit) => defineEbay(kit, options));
}

function defineEbay(kit: Kit<Seller>, options: EbaySimulatorOptions): ChannelDefinition<Seller> {
  const { random } = kit;
  const { made = [], madeBy = "inventory", outOfStockControl = true, restocksCancelled = false } = options;
  const ebay: Ebay = {
    kit,
    tokens: createTokens(random),
    codes: createCodes(random),
    signing: createSigning(() => random.uuid()),
    partnerTopics: options.partnerTopics ?? [],
    oneSkuPerUpdate: options.oneSkuPerUpdate ?? false,
  };
  return {
    kind: "ebay",
    routes: [
      ...consentPageRoutes(ebay),
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
      ...tradingRoutes(ebay),
    ],
    openAccount: (seed) => openSeller(seed, kit, { made, madeBy, outOfStockControl }),
    accountOf: (request) => accountOf(ebay, request),
    throttled: (request) => (tradingCallOf(request) === undefined ? tooManyRequests() : usageLimitReached(request)),
    revoke(seller) {
      seller.consents.clear();
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
    ship(seller, orderId) {
      shipOrder(seller, orderId);
      return [];
    },
    switchOff({ application }) {
      for (const destination of application.destinations.values()) destination.status = "MARKED_DOWN";
      for (const subscription of application.subscriptions.values()) subscription.status = "DISABLED";
    },
    rotateSigning() {
      ebay.signing.rotate();
      return {};
    },
    expireTokens: (seller) => ebay.tokens.expire(seller),
    // eBay keeps one price a listing: a sale is that price for as long as it stands.
    prices: ({ listings }) =>
      [...listings.values()].map(({ sku, price }) => {
        return { sku, price: { amount: price.value, currency: price.currency }, sale: null };
      }),
  };
}

function accountOf(ebay: Ebay, request: ApiRequest): string {
  return applicationOf(ebay, request)?.owner ?? "";
}

function applicationOf(ebay: Ebay, request: ApiRequest): Application | undefined {
  switch (request.path) {
    case TOKEN_PATH:
      return applicationOfKeys(ebay, request);
    case CONSENT_PATH:
      return sellerOfClient(ebay, request.query.get("client_id"))?.application;
    default:
      return ebay.tokens.applicationOf(bearerToken(request.headers["authorization"]) ?? tradingToken(request) ?? "");
  }
}
