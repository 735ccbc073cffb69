import { asArray, asText, type JsonObject } from "../kit/index.ts";
import { committedOf, gid, variantOf, type Shop } from "./account.ts";
import type { Connection, Source } from "./project.ts";

/** The objects of the catalog and its stock as GraphQL gives them. */
export function locationOf(shop: Shop): Source {
  return {
    __typename: "Location",
    id: gid("Location", shop.locationId),
    name: "Main warehouse",
    isActive: true,
    fulfillsOnlineOrders: true,
  };
}

export function locationsOf(shop: Shop): Connection {
  return { items: [locationOf(shop)], rank: (location) => String(location["id"]) };
}

export function variantSource(shop: Shop, sku: string): Source {
  const { variantId, productId, title, price } = variantOf(shop, sku);
  return {
    __typename: "ProductVariant",
    id: gid("ProductVariant", variantId),
    sku,
    title: "Default Title",
    displayName: `${title} - Default Title`,
    price,
    inventoryQuantity: shop.stock.find(sku)?.available ?? 0,
    product: { __typename: "Product", id: gid("Product", productId), title, status: "ACTIVE" },
    inventoryItem: () => inventoryItemOf(shop, sku),
  };
}

export function variantsOf(shop: Shop): Connection {
  return { items: shop.variants.map(({ sku }) => variantSource(shop, sku)), rank: (variant) => String(variant["id"]) };
}

export function inventoryItemOf(shop: Shop, sku: string): Source {
  const level = () => inventoryLevelOf(shop, sku);
  return {
    __typename: "InventoryItem",
    id: gid("InventoryItem", variantOf(shop, sku).inventoryItemId),
    sku,
    tracked: true,
    variant: () => variantSource(shop, sku),
    inventoryLevels: (): Connection => ({ items: [level()], rank: ({ id }) => String(id) }),
    inventoryLevel: ({ locationId }: JsonObject) => (locationId === gid("Location", shop.locationId) ? level() : null),
  };
}

function inventoryLevelOf(shop: Shop, sku: string): Source {
  const { inventoryItemId } = variantOf(shop, sku);
  const available = shop.stock.find(sku)?.available ?? 0;
  const committed = committedOf(shop, sku);
  const quantities: { readonly [name: string]: number } = { available, committed, on_hand: available + committed };
  const updatedAt = new Date().toISOString();
  return {
    __typename: "InventoryLevel",
    id: `${gid("InventoryLevel", shop.locationId)}?inventory_item_id=${inventoryItemId}`,
    updatedAt,
    location: locationOf(shop),
    item: () => inventoryItemOf(shop, sku),
    quantities: ({ names }: JsonObject) =>
      (asArray(names) ?? []).map((name) => ({ name, quantity: quantities[asText(name) ?? ""] ?? 0, updatedAt })),
  };
}
