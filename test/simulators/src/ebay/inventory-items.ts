import {
  asArray,
  asObject,
  asText,
  type ApiAnswer,
  type ApiRequest,
  type ApiRoute,
  jsonBody,
  queryInteger,
} from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { inventoryError, refuse, unreadable } from "./errors.ts";
import { groupKeyOf, type Listing } from "./listing.ts";
import { scopes } from "./scopes.ts";
import { inventoryItem, type Seller } from "./seller.ts";
import { isItemSku } from "./sku.ts";

const MAX_ITEMS_PER_CALL = 25;
const read = { scopes: [scopes.inventory, scopes.inventoryReadonly], quota: "inventory" } as const;

/** Inventory items, read only: getInventoryItems, getInventoryItem, bulkGetInventoryItem (eBay Sell Inventory API). */
export function inventoryItemRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/inventory/v1/inventory_item",
      operation: "getInventoryItems",
      ...read,
      handle: listItems,
    }),
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/inventory/v1/inventory_item/:sku",
      operation: "getInventoryItem",
      ...read,
      handle: getItem,
    }),
    sellerRoute(ebay, {
      method: "POST",
      path: "/sell/inventory/v1/bulk_get_inventory_item",
      operation: "bulkGetInventoryItem",
      ...read,
      handle: bulkGetItems,
    }),
  ];
}

/** Here `offset` is the number of the page, not of records to skip. */
function listItems(request: ApiRequest, seller: Seller): ApiAnswer {
  const limit = queryInteger(request, "limit", { fallback: 25, min: 1, max: 200 });
  const number = queryInteger(request, "offset", { fallback: 0, min: 0, max: 1_000_000 });
  if (limit === undefined) return refuse(400, inventoryError(25709, "limit", request.query.get("limit") ?? ""));
  if (number === undefined) return refuse(400, inventoryError(25709, "offset", request.query.get("offset") ?? ""));

  const all = [...seller.listings.values()].filter(({ page }) => page.madeBy === "inventory");
  const items = all.slice(number * limit, (number + 1) * limit);
  const href = (page: number) => `/sell/inventory/v1/inventory_item?limit=${limit}&offset=${page}`;
  const hasNext = (number + 1) * limit < all.length;
  return {
    status: 200,
    body: {
      href: href(number),
      total: all.length,
      size: items.length,
      limit,
      ...(hasNext && { next: href(number + 1) }),
      inventoryItems: items.map(itemBody),
    },
  };
}

function getItem(request: ApiRequest, seller: Seller): ApiAnswer {
  const sku = request.params["sku"] ?? "";
  const listing = inventoryItem(seller, sku);
  return listing ? { status: 200, body: itemBody(listing) } : refuse(404, inventoryError(25702, "sku", sku));
}

function bulkGetItems(request: ApiRequest, seller: Seller): ApiAnswer {
  const skus = asArray(jsonBody(request)?.["requests"])?.map((entry) => asText(asObject(entry)?.["sku"]) ?? "");
  if (!skus?.length) return unreadable();
  if (skus.length > MAX_ITEMS_PER_CALL) return refuse(400, inventoryError(25727, "requests", String(skus.length)));
  const duplicate = skus.find((sku, index) => skus.indexOf(sku) !== index);
  if (duplicate !== undefined) return refuse(400, inventoryError(25734, "sku", duplicate));

  const responses = skus.map((sku) => {
    if (!isItemSku(sku)) return { statusCode: 400, sku, errors: [inventoryError(25708, "sku", sku)] };
    const listing = inventoryItem(seller, sku);
    if (!listing) return { statusCode: 404, sku, errors: [inventoryError(25702, "sku", sku)] };
    return { statusCode: 200, sku, inventoryItem: itemBody(listing) };
  });
  return { status: responses.every(({ statusCode }) => statusCode === 200) ? 200 : 207, body: { responses } };
}

function itemBody(listing: Listing) {
  return {
    sku: listing.sku,
    locale: "en_US",
    condition: "NEW",
    product: { title: listing.title, ...(listing.barcode !== null && { upc: [listing.barcode] }) },
    ...(listing.page.hasVariations && { inventoryItemGroupKeys: [groupKeyOf(listing.page)] }),
    availability: { shipToLocationAvailability: { quantity: listing.itemQuantity } },
  };
}
