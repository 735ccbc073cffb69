import type { AccountSeed } from "../simulator.ts";
import { createStock, type ChannelAccount, type Kit } from "../kit/index.ts";
import { createApplication, type Application } from "./application.ts";
import { createListing, liveQuantity, type Listing } from "./listing.ts";
import type { Order } from "./order.ts";

const MARKETPLACE_ID = "EBAY_US";

/** A seller, with a keyset of their own. `stock` holds what a buyer can buy; the two quantities behind it are the listings'. */
export interface Seller extends ChannelAccount {
  readonly application: Application;
  readonly userId: string;
  readonly marketplaceId: string;
  readonly location: { readonly key: string; readonly name: string };
  readonly refreshToken: string;
  isRevoked: boolean;
  readonly listings: ReadonlyMap<string, Listing>;
  /** By order id, oldest first. */
  readonly orders: Map<string, Order>;
}

/** @throws when a SKU is listed twice. */
export function openSeller(seed: AccountSeed, { random, history, scaleLimits }: Kit<Seller>): Seller {
  const application = createApplication(seed.account, random, scaleLimits);
  const listings = seed.listings.map((listing) => createListing(listing, random));
  const items = listings.map((listing) => {
    return { sku: listing.sku, externalId: listing.sku, locationId: null, available: liveQuantity(listing) };
  });
  const refreshToken = `v^1.1#i^1#r^1#${random.hex(48)}`;
  const { appId, certId } = application;
  return {
    name: seed.account,
    application,
    stock: createStock(seed.account, items, history),
    connection: {
      account: seed.account,
      credentials: { appId, certId, refreshToken },
      settings: { marketplaceId: MARKETPLACE_ID, seller: seed.account },
    },
    userId: random.hex(11),
    marketplaceId: MARKETPLACE_ID,
    location: { key: "warehouse-1", name: "Main warehouse" },
    refreshToken,
    isRevoked: false,
    listings: new Map(listings.map((listing) => [listing.sku, listing])),
    orders: new Map(),
  };
}
