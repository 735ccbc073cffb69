import { createBucket, createStock, type Bucket, type ChannelAccount, type Kit } from "../kit/index.ts";
import type { AccountSeed, SimulatedStock } from "../simulator.ts";
import { costLimit } from "./cost.ts";
import type { Attempts } from "./idempotency.ts";
import type { ShopifyOrder } from "./orders.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import type { Subscription } from "./subscriptions.ts";

/** A shop with one location, one product and variant for each listing, and our app installed on it. */
export interface Shop extends ChannelAccount {
  /** `acme.myshopify.com` */
  readonly domain: string;
  readonly locationId: string;
  readonly variants: readonly Variant[];
  readonly bySku: ReadonlyMap<string, Variant>;
  readonly byInventoryItem: ReadonlyMap<string, Variant>;
  /** Units sold and not shipped, by SKU. */
  readonly committed: Map<string, number>;
  readonly orders: Map<string, ShopifyOrder>;
  readonly subscriptions: Map<string, Subscription>;
  readonly tokens: Tokens;
  readonly attempts: Attempts;
  readonly costs: Bucket;
}

export interface Variant {
  readonly sku: string;
  readonly title: string;
  readonly price: string;
  readonly variantId: string;
  readonly productId: string;
  readonly inventoryItemId: string;
}

/** The scopes an inventory app asks for (Shopify docs, access scopes). */
const USUAL_SCOPES = [
  "read_products",
  "write_products",
  "read_inventory",
  "write_inventory",
  "read_locations",
  "read_orders",
];

/** Shopify's ids are 64 bit; its own samples exceed 2^53, and so do all of these. */
const ID_DIGITS = 18;

export const newId = (kit: Kit<Shop>) => kit.random.digits(ID_DIGITS);

export function openShop(seed: AccountSeed, kit: Kit<Shop>): Shop {
  const domain = `${seed.account}.myshopify.com`;
  const app = { clientId: kit.random.hex(32), clientSecret: `shpss_${kit.random.hex(32)}` };
  const locationId = newId(kit);
  const variants = seed.listings.map(({ sku, title = sku, price = 10 }) => ({
    sku,
    title,
    price: price.toFixed(2),
    variantId: newId(kit),
    productId: newId(kit),
    inventoryItemId: newId(kit),
  }));
  const items = variants.map(({ sku, inventoryItemId }, index) => ({
    sku,
    externalId: gid("InventoryItem", inventoryItemId),
    locationId: gid("Location", locationId),
    available: seed.listings[index]?.quantity ?? 0,
  }));
  return {
    name: seed.account,
    domain,
    locationId,
    variants,
    bySku: new Map(variants.map((variant) => [variant.sku, variant])),
    byInventoryItem: new Map(variants.map((variant) => [variant.inventoryItemId, variant])),
    committed: new Map(),
    orders: new Map(),
    subscriptions: new Map(),
    tokens: createTokens(app, seed.permissions ?? USUAL_SCOPES, kit.random),
    attempts: new Map(),
    costs: createBucket(costLimit, kit.scaleLimits),
    stock: createStock(seed.account, items, kit.history),
    connection: { account: seed.account, credentials: app, settings: { shop: domain } },
  };
}

export function gid(type: string, id: string): string {
  return `gid://shopify/${type}/${id}`;
}

export function committedOf(shop: Shop, sku: string): number {
  return shop.committed.get(sku) ?? 0;
}

export function variantOf(shop: Shop, sku: string): Variant {
  const variant = shop.bySku.get(sku);
  if (!variant) throw new Error(`shop ${shop.name} has no variant with SKU ${sku}`);
  return variant;
}

/** The stock of an inventory item's gid. */
export function stockOfItem(shop: Shop, inventoryItemId: string): SimulatedStock | undefined {
  const variant = shop.byInventoryItem.get(inventoryItemId.replace("gid://shopify/InventoryItem/", ""));
  return variant && shop.stock.find(variant.sku);
}
