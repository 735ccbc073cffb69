import type { Bucket, ChannelAccount, Kit } from "../kit/index.ts";
import type { AccountSeed } from "../simulator.ts";
import { costLimit } from "./cost.ts";
import type { Attempts } from "./idempotency.ts";
import { gid, numberOf } from "./gids.ts";
import { createLocatedStock, type LocatedStock } from "./located-stock.ts";
import type { ShopifyOrder } from "./orders.ts";
import type { Subscription } from "./subscriptions.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** A shop with its locations, a variant for each listing, and our app installed on it. */
export interface Shop extends ChannelAccount {
  /** `acme.myshopify.com` */
  readonly domain: string;
  readonly locations: readonly Location[];
  readonly variants: readonly Variant[];
  readonly bySku: ReadonlyMap<string, Variant>;
  readonly byInventoryItem: ReadonlyMap<string, Variant>;
  readonly stock: LocatedStock;
  /** Units sold and not shipped, by SKU and location. */
  readonly committed: Map<string, number>;
  readonly orders: Map<string, ShopifyOrder>;
  readonly subscriptions: Map<string, Subscription>;
  readonly tokens: Tokens;
  readonly attempts: Attempts;
  readonly costs: Bucket;
}

export interface Location {
  readonly id: string;
  readonly name: string;
  isActive: boolean;
}

export interface Variant {
  /** Names the variant here, whatever the shop writes as its SKU. */
  readonly sku: string;
  /** What the shop writes: two may write the same, or nothing. */
  readonly writtenSku: string | null;
  readonly productTitle: string;
  readonly barcode: string | null;
  readonly variantId: string;
  readonly productId: string;
  readonly inventoryItemId: string;
  readonly isTracked: boolean;
  readonly isBundle: boolean;
  price: string;
  compareAtPrice: string | null;
  /** Only orders still know it. */
  isDeleted: boolean;
}

/** What the seeds do not say of a shop; the same for all shops of one simulator. */
export interface ShopOptions {
  /** Names of a shop's locations. The first stocks every listing, the others stock nothing at first. Default: one. */
  readonly locations?: readonly string[];
  /** SKUs the shop does not track. */
  readonly untracked?: readonly string[];
  /** SKUs that are bundles: nobody can set their quantity. */
  readonly bundles?: readonly string[];
  /** What the shop writes as SKU, by listing, where that is not the listing's own. */
  readonly writtenSkus?: { readonly [sku: string]: string | null };
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

export function openShop(seed: AccountSeed, kit: Kit<Shop>, options: ShopOptions): Shop {
  const domain = `${seed.account}.myshopify.com`;
  const app = { clientId: kit.random.hex(32), clientSecret: `shpss_${kit.random.hex(32)}` };
  const locations = (options.locations ?? ["Main warehouse"]).map((name) => ({ id: newId(kit), name, isActive: true }));
  const variants = variantsOf(seed, kit, options);
  const stock = createLocatedStock(
    { account: seed.account, locationIds: locations.map(({ id }) => id), history: kit.history },
    variants.map(({ sku, inventoryItemId, isTracked }, index) => ({
      sku,
      externalId: gid("InventoryItem", inventoryItemId),
      isTracked,
      available: seed.listings[index]?.quantity ?? 0,
    })),
  );
  return {
    name: seed.account,
    domain,
    locations,
    variants,
    bySku: new Map(variants.map((variant) => [variant.sku, variant])),
    byInventoryItem: new Map(variants.map((variant) => [variant.inventoryItemId, variant])),
    stock,
    committed: new Map(),
    orders: new Map(),
    subscriptions: new Map(),
    tokens: createTokens(app, seed.permissions ?? USUAL_SCOPES, kit.random),
    attempts: new Map(),
    costs: kit.limits.bucket(seed.account, "graphql", costLimit),
    connection: { account: seed.account, credentials: app, settings: { shop: domain } },
  };
}

/** Listings with the same title are variants of one product. */
function variantsOf({ listings }: AccountSeed, kit: Kit<Shop>, options: ShopOptions): readonly Variant[] {
  const productIds = new Map<string, string>();
  return listings.map(({ sku, title = sku, price = 10, barcode = null }) => {
    const productId = productIds.get(title) ?? newId(kit);
    productIds.set(title, productId);
    return {
      sku,
      writtenSku: options.writtenSkus?.[sku] === undefined ? sku : options.writtenSkus[sku],
      productTitle: title,
      barcode,
      price: price.toFixed(2),
      compareAtPrice: null,
      variantId: newId(kit),
      productId,
      inventoryItemId: newId(kit),
      isTracked: !(options.untracked ?? []).includes(sku),
      isBundle: (options.bundles ?? []).includes(sku),
      isDeleted: false,
    };
  });
}

export function committedOf(shop: Shop, sku: string, locationId: string): number {
  return shop.committed.get(`${sku} ${locationId}`) ?? 0;
}

export function commit(shop: Shop, sku: string, locationId: string, quantity: number): void {
  shop.committed.set(`${sku} ${locationId}`, committedOf(shop, sku, locationId) + quantity);
}

export function variantOf(shop: Shop, sku: string): Variant {
  const variant = shop.bySku.get(sku);
  if (!variant) throw new Error(`shop ${shop.name} has no variant with SKU ${sku}`);
  return variant;
}

/** Those that were not deleted. */
export function catalogOf({ variants }: Shop): readonly Variant[] {
  return variants.filter(({ isDeleted }) => !isDeleted);
}

/** The variant of an inventory item's gid. */
export function variantOfItem(shop: Shop, inventoryItemId: unknown): Variant | undefined {
  const variant = shop.byInventoryItem.get(numberOf("InventoryItem", inventoryItemId) ?? "");
  return variant?.isDeleted ? undefined : variant;
}

/** The location of a gid. */
export function locationOfGid(shop: Shop, locationId: unknown): Location | undefined {
  const number = numberOf("Location", locationId);
  return shop.locations.find(({ id }) => id === number);
}
