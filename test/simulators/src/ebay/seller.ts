import type { AccountSeed } from "../simulator.ts";
import { createStock, type ChannelAccount, type Kit } from "../kit/index.ts";
import { createApplication, type Application } from "./application.ts";
import { grantConsent, type Consent } from "./consent.ts";
import { createListings, liveQuantity, type Listing, type MadeListing } from "./listing.ts";
import type { Order } from "./order.ts";
import { reviseLimit } from "./quota.ts";
import { scopesNamed } from "./scopes.ts";

const MARKETPLACE_ID = "EBAY_US";

/** A seller, with a keyset of their own. `stock` holds what a buyer can buy; the two quantities behind it are the listings'. */
export interface Seller extends ChannelAccount {
  readonly application: Application;
  readonly userId: string;
  readonly marketplaceId: string;
  readonly location: { readonly key: string; readonly name: string };
  /** What the seller granted the application, by refresh token; revoked when it is gone. */
  readonly consents: Map<string, Consent>;
  /** Spends one revise call of the half minute. False: none is left. */
  readonly spendReviseCall: () => boolean;
  /** Off: eBay ends a listing that reaches 0. */
  outOfStockControl: boolean;
  readonly listings: ReadonlyMap<string, Listing>;
  /** By order id, oldest first. */
  readonly orders: Map<string, Order>;
}

export interface SellerOptions {
  readonly made: readonly MadeListing[];
  readonly madeBy: MadeListing["by"];
  readonly outOfStockControl: boolean;
}

/** @throws when a SKU is listed twice. */
export function openSeller(seed: AccountSeed, kit: Kit<Seller>, options: SellerOptions): Seller {
  const { random, history, limits } = kit;
  const application = createApplication(seed.account, random, limits);
  const listings = createListings(seed.listings, options, random);
  const items = listings.map((listing) => {
    return { sku: listing.sku, externalId: listing.sku, locationId: null, available: liveQuantity(listing) };
  });
  const consents = new Map<string, Consent>();
  const { refreshToken } = grantConsent(consents, scopesNamed(seed.permissions), random);
  const { appId, certId, ruName } = application;
  return {
    name: seed.account,
    application,
    stock: createStock(seed.account, items, history),
    connection: {
      account: seed.account,
      credentials: { appId, certId, refreshToken },
      settings: { marketplaceId: MARKETPLACE_ID, seller: seed.account, ruName },
    },
    userId: random.hex(11),
    marketplaceId: MARKETPLACE_ID,
    location: { key: "warehouse-1", name: "Main warehouse" },
    consents,
    spendReviseCall: () => limits.bucket(seed.account, "revise calls", reviseLimit).take(),
    outOfStockControl: options.outOfStockControl,
    listings: new Map(listings.map((listing) => [listing.sku, listing])),
    orders: new Map(),
  };
}

/** The SKU as the Inventory API knows it: listings made elsewhere have no inventory item. */
export function inventoryItem(seller: Seller, sku: string): Listing | undefined {
  const listing = seller.listings.get(sku);
  return listing?.page.madeBy === "inventory" ? listing : undefined;
}

/** Books what buyers can buy of a listing after its quantities were written, and ends it where eBay would. */
export function showQuantity(seller: Seller, listing: Listing): void {
  seller.stock.write(listing.sku, liveQuantity(listing));
  endIfSoldOut(seller, listing);
}

/** Without out-of-stock control a listing ends when nothing of it is left, all its variations together. */
export function endIfSoldOut(seller: Seller, { page }: Listing): void {
  const parts = [...seller.listings.values()].filter((each) => each.page === page);
  if (!seller.outOfStockControl && parts.every((part) => liveQuantity(part) === 0)) page.hasEnded = true;
}
