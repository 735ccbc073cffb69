import { createStock, type ChannelAccount, type Kit } from "../kit/index.ts";
import type { AccountSeed } from "../simulator.ts";
import type { Feeds } from "./feed-store.ts";
import type { Listing } from "./listing.ts";
import type { AmazonOrder } from "./orders.ts";
import type { Queue } from "./queue.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** A seller in the US marketplace, our app authorized by it, and the queue that its notifications go to. */
export interface Seller extends ChannelAccount {
  readonly sellerId: string;
  /** Of our app, by which the consent page knows it. */
  readonly applicationId: string;
  readonly roles: readonly string[];
  readonly tokens: Tokens;
  readonly listings: ReadonlyMap<string, Listing>;
  readonly orders: Map<string, AmazonOrder>;
  readonly feeds: Feeds;
  readonly queue: Queue;
  readonly destinations: Map<string, Destination>;
  /** By notification type. */
  readonly subscriptions: Map<string, Subscription>;
}

export interface Destination {
  readonly destinationId: string;
  readonly name: string;
  readonly resource: { readonly sqs: { readonly arn: string } };
}

export interface Subscription {
  readonly subscriptionId: string;
  readonly payloadVersion: string;
  readonly destinationId: string;
  /** Absent: everything of the type is sent. */
  readonly processingDirective?: { readonly eventFilter: EventFilter };
}

/** Which notifications of its type a subscription wants. */
export interface EventFilter {
  readonly eventFilterType: string;
  readonly marketplaceIds?: readonly string[];
  readonly orderChangeTypes?: readonly string[];
}

export const MARKETPLACE = "ATVPDKIKX0DER";

/** Of every listing; patches name it, or `PRODUCT`. */
export const PRODUCT_TYPE = "HAT";

/** The roles an inventory app asks for (Amazon docs, roles in the SP-API). */
const USUAL_ROLES = ["Product Listing", "Inventory and Order Tracking"];

export function openSeller(seed: AccountSeed, queue: Queue, kit: Kit<Seller>): Seller {
  const sellerId = `A${kit.random.hex(13).toUpperCase()}`;
  const applicationId = `amzn1.sp.solution.${kit.random.uuid()}`;
  const app = {
    clientId: `amzn1.application-oa2-client.${kit.random.hex(32)}`,
    clientSecret: `amzn1.oa2-cs.v1.${kit.random.hex(64)}`,
  };
  const tokens = createTokens(app, kit.random);
  const now = Date.now();
  const listings = seed.listings.map((listing, index): Listing => ({
    sku: listing.sku,
    // One after the other, the last one a second ago.
    createdAt: new Date(now - (seed.listings.length - index) * 1_000).toISOString(),
    barcode: listing.barcode ?? null,
    title: listing.title ?? listing.sku,
    asin: `B0${kit.random.hex(8).toUpperCase()}`,
    productType: PRODUCT_TYPE,
    price: listing.price ?? 10,
    sale: null,
    minimumPrice: null,
    businessPrice: null,
    channels: listing.fulfilledByChannel ? ["AMAZON_NA"] : ["DEFAULT"],
    leadTimeDays: 2,
    restockDate: "2031-01-15",
    updatedAt: new Date(now).toISOString(),
  }));
  const items = seed.listings.map(({ sku, quantity }) => ({
    sku,
    externalId: sku,
    locationId: null,
    available: quantity,
  }));
  return {
    name: seed.account,
    sellerId,
    applicationId,
    roles: seed.permissions ?? USUAL_ROLES,
    tokens,
    listings: new Map(listings.map((listing) => [listing.sku, listing])),
    orders: new Map(),
    feeds: { documents: new Map(), feeds: new Map(), processing: Promise.resolve() },
    queue,
    destinations: new Map(),
    subscriptions: new Map(),
    stock: createStock(seed.account, items, kit.history),
    connection: {
      account: seed.account,
      credentials: { ...app, refreshToken: tokens.refreshToken },
      settings: { sellerId, applicationId, region: "na", marketplaceId: MARKETPLACE, sqsQueueUrl: queue.url },
    },
  };
}
