import { startSimulator, type ApiRequest, type ChannelDefinition, type Kit } from "../kit/index.ts";
import type { SimulatedPrice, Simulator, SimulatorOptions } from "../simulator.ts";
import { openSeller, type Seller } from "./account.ts";
import { consentRoute, sellerConsenting } from "./consent.ts";
import { feedDocumentOperations, storageRoutes } from "./feed-documents.ts";
import { feedOperations } from "./feeds.ts";
import { listingReadOperations } from "./listing-read.ts";
import { patchListingsItem } from "./listing-write.ts";
import { loginRoute, sellerLoggingIn } from "./login.ts";
import { notificationOperations } from "./notification-operations.ts";
import { orderChanged, quantityChanged } from "./notifications.ts";
import { operationRoutes, quotaExceeded, sellerOf } from "./operation.ts";
import { orderOperations } from "./orders-read.ts";
import { saleNow, type Listing } from "./listing.ts";
import { cancelOrder, cancelUnits, createOrder, orderOf, settleOrder, shipOrder } from "./orders.ts";
import { startQueueServer, type QueueServer } from "./queue.ts";
import { sellersOperations } from "./sellers.ts";

export interface AmazonSimulatorOptions extends SimulatorOptions {
  /** How far back the orders end that a search without an upper limit brings; default 0. In life it is two minutes. */
  readonly ordersBehindMs?: number;
}

/**
 * Amazon's Selling Partner API, region NA: many sellers on one server, told apart by their access token, with Login with
 * Amazon (both by `x-sim-host`, else `Host`) and an SQS of its own on loopback, one queue a seller.
 */
export async function startAmazonSimulator(options: AmazonSimulatorOptions = {}): Promise<Simulator> {
  const queues = await startQueueServer();
  try {
    return await startSimulator<Seller>(options, (kit) => defineAmazon(kit, queues, options));
  } catch (error) {
    await queues.stop();
    throw error;
  }
}

function defineAmazon(
  kit: Kit<Seller>,
  queues: QueueServer,
  { ordersBehindMs = 0 }: AmazonSimulatorOptions,
): ChannelDefinition<Seller> {
  const sellers = () => kit.accounts.list();
  const operations = [
    ...sellersOperations,
    ...listingReadOperations,
    patchListingsItem(kit),
    ...feedDocumentOperations(kit),
    ...feedOperations(kit),
    ...orderOperations(ordersBehindMs),
    ...notificationOperations(kit),
  ];

  return {
    kind: "amazon",
    routes: [
      loginRoute(sellers),
      consentRoute(sellers),
      ...storageRoutes(sellers),
      ...operationRoutes(operations, kit),
    ],
    openAccount: async (seed) => openSeller(seed, await queues.createQueue(`lastunit-${seed.account}`), kit),
    accountOf: (request) => callerOf(request, sellers())?.name ?? "",
    throttled: quotaExceeded,
    revoke: (seller) => seller.tokens.revoke(),
    place(seller, placed) {
      const order = createOrder(seller, placed, kit);
      return {
        orderId: order.id,
        notifications: [...orderChanged(seller, order, kit), ...echoes(seller, order.items)],
      };
    },
    settle(seller, orderId) {
      const order = orderOf(seller, orderId);
      settleOrder(order);
      return orderChanged(seller, order, kit);
    },
    cancel(seller, orderId) {
      const order = orderOf(seller, orderId);
      cancelOrder(seller, order);
      return { restocked: true, notifications: [...orderChanged(seller, order, kit), ...echoes(seller, order.items)] };
    },
    cancelUnits(seller, orderId, units) {
      const order = orderOf(seller, orderId);
      cancelUnits(seller, order, units);
      return { restocked: true, notifications: [...orderChanged(seller, order, kit), ...echoes(seller, [units])] };
    },
    ship(seller, orderId) {
      const order = orderOf(seller, orderId);
      shipOrder(order);
      return orderChanged(seller, order, kit);
    },
    switchOff: (seller) => seller.subscriptions.clear(),
    prices: (seller) => [...seller.listings.values()].map(priceOf),
    stop: () => queues.stop(),
  };

  function echoes(seller: Seller, items: readonly { readonly sku: string }[]) {
    return quantityChanged(
      seller,
      items.map(({ sku }) => sku),
      kit,
    );
  }
}

function callerOf(request: ApiRequest, sellers: readonly Seller[]): Seller | undefined {
  return sellerOf(request, sellers) ?? sellerConsenting(request, sellers) ?? sellerLoggingIn(request, sellers);
}

function priceOf(listing: Listing): SimulatedPrice {
  const usd = (amount: number) => ({ amount: amount.toFixed(2), currency: "USD" });
  const sale = saleNow(listing);
  return { sku: listing.sku, price: usd(listing.price), sale: sale && usd(sale.price) };
}
