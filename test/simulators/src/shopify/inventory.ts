import { asArray, asText, type JsonObject } from "../kit/index.ts";
import { catalogOf, committedOf, locationOfGid, variantOf, type Location, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import type { Connection, Source } from "./project.ts";

/** The objects of the catalog and its stock as GraphQL gives them. */
export function locationSource({ id, name, isActive }: Location): Source {
  return { __typename: "Location", id: gid("Location", id), name, isActive, fulfillsOnlineOrders: true };
}

/** Shopify docs, locations: those that were closed only when they are asked for. */
export function locationsOf(shop: Shop, { includeInactive }: JsonObject): Connection {
  const locations = shop.locations.filter(({ isActive }) => isActive || includeInactive === true);
  return { items: locations.map(locationSource), rank: ({ id }) => String(id) };
}

export function variantSource(shop: Shop, sku: string): Source {
  const { variantId, productId, productTitle, price, compareAtPrice, barcode, isBundle, writtenSku } = variantOf(
    shop,
    sku,
  );
  const isOnly = shop.variants.filter((each) => each.productId === productId).length === 1;
  const title = isOnly ? "Default Title" : sku;
  return {
    __typename: "ProductVariant",
    id: gid("ProductVariant", variantId),
    sku: writtenSku,
    barcode,
    title,
    displayName: `${productTitle} - ${title}`,
    price,
    compareAtPrice,
    requiresComponents: isBundle,
    inventoryQuantity: levelsOf(shop, sku).reduce((sum, { available }) => sum + available, 0),
    product: { __typename: "Product", id: gid("Product", productId), title: productTitle, status: "ACTIVE" },
    inventoryItem: () => inventoryItemOf(shop, sku),
  };
}

export function variantsOf(shop: Shop): Connection {
  return {
    items: catalogOf(shop).map(({ sku }) => variantSource(shop, sku)),
    rank: (variant) => String(variant["id"]),
  };
}

function levelsOf(shop: Shop, sku: string) {
  return shop.locations.flatMap((location) => {
    const available = shop.stock.at(sku, location.id);
    return available === undefined ? [] : [{ location, available }];
  });
}

export function inventoryItemOf(shop: Shop, sku: string): Source {
  const { inventoryItemId, isTracked, writtenSku } = variantOf(shop, sku);
  return {
    __typename: "InventoryItem",
    id: gid("InventoryItem", inventoryItemId),
    sku: writtenSku,
    tracked: isTracked,
    variant: () => variantSource(shop, sku),
    inventoryLevels: (): Connection => ({
      items: levelsOf(shop, sku).map(({ location }) => levelSource(shop, sku, location)),
      rank: ({ id }) => String(id),
    }),
    inventoryLevel({ locationId }: JsonObject) {
      const location = locationOfGid(shop, locationId);
      const isStocked = location && shop.stock.at(sku, location.id) !== undefined;
      return isStocked ? levelSource(shop, sku, location) : null;
    },
  };
}

export function levelSource(shop: Shop, sku: string, location: Location): Source {
  const available = shop.stock.at(sku, location.id) ?? 0;
  const committed = committedOf(shop, sku, location.id);
  const quantities: { readonly [name: string]: number } = { available, committed, on_hand: available + committed };
  const updatedAt = new Date().toISOString();
  return {
    __typename: "InventoryLevel",
    id: levelGid(shop, sku, location),
    updatedAt,
    location: locationSource(location),
    item: () => inventoryItemOf(shop, sku),
    quantities: ({ names }: JsonObject) =>
      (asArray(names) ?? []).map((name) => ({ name, quantity: quantities[asText(name) ?? ""] ?? 0, updatedAt })),
  };
}

/** Composed of two numbers, the first of which means nothing to anybody. */
export function levelGid(shop: Shop, sku: string, location: Location): string {
  return `${gid("InventoryLevel", location.id)}?inventory_item_id=${variantOf(shop, sku).inventoryItemId}`;
}
