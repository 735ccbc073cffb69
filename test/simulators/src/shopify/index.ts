import { startSimulator, type ApiRequest, type ChannelDefinition, type Kit } from "../kit/index.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { openShop, type Shop, type ShopOptions } from "./account.ts";
import { costOfRequest, graphqlRoute, throttledAnswer } from "./graphql.ts";
import { merchantActions, type MerchantActions } from "./merchant-actions.ts";
import { appUninstalled, orderCancelled, orderPlaced, orderRefunded, orderShipped } from "./notifications.ts";
import { oauthRoutes } from "./oauth.ts";
import { cancelWholeOrder, createOrder, orderOf, refundLine, shipWholeOrder } from "./orders.ts";
import { shopSubscriptions } from "./subscriptions.ts";

export type ShopifySimulatorOptions = SimulatorOptions & ShopOptions;
export type ShopifySimulator = Simulator & MerchantActions;

/**
 * Shopify's Admin API 2026-10: many shops on one server, told apart by `x-sim-host` (else `Host`). What it enforces and
 * what not is in README.md beside this file.
 */
export async function startShopifySimulator(options: ShopifySimulatorOptions = {}): Promise<ShopifySimulator> {
  let kit: Kit<Shop> | undefined;
  const simulator = await startSimulator<Shop>(options, (given) => {
    kit = given;
    return defineShopify(given, options);
  });
  if (!kit) throw new Error("the simulator was not defined");
  return Object.assign(simulator, merchantActions(kit));
}

function defineShopify(kit: Kit<Shop>, options: ShopOptions): ChannelDefinition<Shop> {
  const shopOf = ({ host }: ApiRequest) => kit.accounts.list().find(({ domain }) => domain === host);

  return {
    kind: "shopify",
    routes: [...oauthRoutes(shopOf), graphqlRoute(shopOf, kit)],
    openAccount: (seed) => openShop(seed, kit, options),
    accountOf: (request) => shopOf(request)?.name ?? "",
    throttled(request) {
      const shop = shopOf(request);
      if (!shop) return { status: 404, body: { errors: "Not Found" } };
      shop.costs.drain();
      return throttledAnswer(shop, costOfRequest(request));
    },
    revoke(shop) {
      const notifications = appUninstalled(shop, kit);
      shop.tokens.revoke();
      shop.subscriptions.clear();
      kit.notifier.notify(notifications);
    },
    place(shop) {
      const order = createOrder(shop, kit);
      return { orderId: order.id, notifications: orderPlaced(shop, order, kit) };
    },
    cancel(shop, orderId) {
      const order = orderOf(shop, orderId);
      const refund = cancelWholeOrder(shop, order, kit);
      return { restocked: refund !== null, notifications: orderCancelled(shop, order, refund, kit) };
    },
    cancelUnits(shop, orderId, units) {
      const order = orderOf(shop, orderId);
      const refund = refundLine(shop, order, { ...units, restock: true }, kit);
      return { restocked: true, notifications: orderRefunded(shop, order, refund, kit) };
    },
    refund(shop, orderId, refund) {
      const order = orderOf(shop, orderId);
      return orderRefunded(shop, order, refundLine(shop, order, refund, kit), kit);
    },
    ship(shop, orderId) {
      const order = orderOf(shop, orderId);
      shipWholeOrder(shop, order);
      return orderShipped(shop, order, kit);
    },
    switchOff(shop) {
      for (const { id } of shopSubscriptions(shop)) shop.subscriptions.delete(id);
    },
    rotateSigning(shop) {
      const { secret, previous } = shop.tokens.rotate();
      return { clientSecret: secret, previousClientSecret: previous };
    },
    prices: (shop) =>
      shop.variants.map(({ sku, price, compareAtPrice }) => ({
        sku,
        price: { amount: compareAtPrice ?? price, currency: "USD" },
        sale: compareAtPrice === null ? null : { amount: price, currency: "USD" },
      })),
  };
}
