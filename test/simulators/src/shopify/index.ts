import { startSimulator, type ApiRequest, type ChannelDefinition, type Kit } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { openShop, type Shop } from "./account.ts";
import { graphqlRoute, throttledAnswer } from "./graphql.ts";
import { orderCancelled, orderPlaced, orderRefunded } from "./notifications.ts";
import { oauthRoutes } from "./oauth.ts";
import { cancelWholeOrder, createOrder, orderOf, refundLine } from "./orders.ts";

/**
 * Shopify's Admin API 2026-10: many shops on one server, told apart by `x-sim-host` (else `Host`), each with one location.
 * No orders are ever shipped; cancelling restocks. Webhooks go to shop-level subscriptions only.
 */
export function startShopifySimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator(options, defineShopify);
}

/** What a faked throttle answer says the call would have cost. */
const THROTTLED_CALL_COST = 100;

function defineShopify(kit: Kit<Shop>): ChannelDefinition<Shop> {
  const shopOf = ({ host }: ApiRequest) => kit.accounts.list().find(({ domain }) => domain === host);

  return {
    kind: "shopify",
    routes: [...oauthRoutes(shopOf), graphqlRoute(shopOf, kit)],
    openAccount: (seed) => openShop(seed, kit),
    accountOf: (request) => shopOf(request)?.name ?? "",
    throttled(request) {
      const shop = shopOf(request);
      if (!shop) return { status: 404, body: { errors: "Not Found" } };
      shop.costs.drain();
      return throttledAnswer(shop, THROTTLED_CALL_COST);
    },
    revoke: (shop) => shop.tokens.revoke(),
    place(shop, placed) {
      const order = createOrder(shop, placed, kit);
      return { orderId: order.id, notifications: orderPlaced(shop, order, kit) };
    },
    cancel(shop, orderId) {
      const order = orderOf(shop, orderId);
      const refund = cancelWholeOrder(shop, order, kit);
      return { restocked: refund !== null, notifications: orderCancelled(shop, order, refund, kit) };
    },
    refund(shop, orderId, refund) {
      const order = orderOf(shop, orderId);
      return orderRefunded(shop, order, refundLine(shop, order, refund, kit), kit);
    },
  };
}
