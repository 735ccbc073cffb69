import { asArray, asText, type JsonObject, type Kit } from "../kit/index.ts";
import { catalogOf, variantOfItem, type Shop } from "./account.ts";
import { activate } from "./activate.ts";
import { gid } from "./gids.ts";
import { inventoryItemOf, locationSource, locationsOf, variantSource, variantsOf } from "./inventory.ts";
import { isShown, orderSource, ordersOf } from "./orders-read.ts";
import { updateVariants } from "./price-writes.ts";
import type { Source } from "./project.ts";
import type { Field } from "./query.ts";
import { setQuantities } from "./set-quantities.ts";
import { createSubscription, deleteSubscription, subscriptionsOf } from "./subscriptions.ts";

export interface RootField {
  /** What the app must have been granted, all of it. */
  readonly scopes: readonly string[];
  resolve(shop: Shop, field: Field, kit: Kit<Shop>): unknown;
}

/** The root fields of the Admin API that the simulator answers, and the scopes they need (Shopify docs, access scopes). */
export const operations: { readonly [name: string]: RootField | undefined } = {
  shop: { scopes: [], resolve: shopSource },
  currentAppInstallation: { scopes: [], resolve: installationSource },
  locations: { scopes: ["read_locations"], resolve: (shop, { args }) => locationsOf(shop, args) },
  nodes: {
    scopes: ["read_inventory"],
    resolve: (shop, { args }) => (asArray(args["ids"]) ?? []).map((id) => nodeOf(shop, id)),
  },
  node: { scopes: ["read_inventory"], resolve: (shop, { args }) => nodeOf(shop, args["id"]) },
  inventoryItem: { scopes: ["read_inventory"], resolve: (shop, { args }) => nodeOf(shop, args["id"], "InventoryItem") },
  productVariants: { scopes: ["read_products"], resolve: variantsOf },
  productVariantsCount: { scopes: ["read_products"], resolve: (shop, { args }) => countOf(shop, args) },
  orders: { scopes: ["read_orders"], resolve: (shop, { args }) => ordersOf(shop, args) },
  order: { scopes: ["read_orders"], resolve: (shop, { args }) => nodeOf(shop, args["id"], "Order") },
  webhookSubscriptions: { scopes: [], resolve: (shop, { args }) => subscriptionsOf(shop, args) },
  inventorySetQuantities: { scopes: ["write_inventory"], resolve: setQuantities },
  inventoryActivate: { scopes: ["write_inventory"], resolve: activate },
  productVariantsBulkUpdate: { scopes: ["write_products"], resolve: updateVariants },
  webhookSubscriptionCreate: { scopes: [], resolve: createSubscription },
  webhookSubscriptionDelete: { scopes: [], resolve: deleteSubscription },
};

function shopSource(shop: Shop): Source {
  return { id: gid("Shop", "1"), name: shop.name, myshopifyDomain: shop.domain, currencyCode: "USD" };
}

function installationSource(shop: Shop): Source {
  return { id: gid("AppInstallation", "1"), accessScopes: shop.tokens.scopes.map((handle) => ({ handle })) };
}

/** Shopify docs, productVariantsCount: counts to 10,000 unless the limit is another, or null. */
function countOf(shop: Shop, { limit = 10_000 }: JsonObject): Source {
  const variants = catalogOf(shop);
  const isCut = typeof limit === "number" && variants.length >= limit;
  return { count: isCut ? limit : variants.length, precision: isCut ? "AT_LEAST" : "EXACT" };
}

const GID = /^gid:\/\/shopify\/(\w+)\/(\d+)$/u;

/** The object with this gid; null when there is none, or when it is of another type than asked for. */
function nodeOf(shop: Shop, id: unknown, expected?: string): Source | null {
  const [, type = "", number = ""] = GID.exec(asText(id) ?? "") ?? [];
  return expected === undefined || expected === type ? (nodes[type]?.(shop, number) ?? null) : null;
}

const nodes: { readonly [type: string]: ((shop: Shop, id: string) => Source | null) | undefined } = {
  InventoryItem(shop, id) {
    const variant = variantOfItem(shop, gid("InventoryItem", id));
    return variant ? inventoryItemOf(shop, variant.sku) : null;
  },
  ProductVariant(shop, id) {
    const variant = catalogOf(shop).find(({ variantId }) => variantId === id);
    return variant ? variantSource(shop, variant.sku) : null;
  },
  Location(shop, id) {
    const location = shop.locations.find((each) => each.id === id);
    return location ? locationSource(location) : null;
  },
  Order(shop, id) {
    const order = shop.orders.get(id);
    return order && isShown(shop, order) ? orderSource(shop, order) : null;
  },
};
