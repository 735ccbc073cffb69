import { queryInteger } from "../kit/index.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, notFound } from "./errors.ts";
import type { Item } from "./item.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/items";
/** How long a snapshot of the list can be read on, as sellers report it. */
const SNAPSHOT_LIFETIME_MS = 120_000;
const MAX_OFFSET = 10_000;

/** GET `/v3/items` and `/v3/items/{id}` (Walmart Items OpenAPI). */
export function itemRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: PATH,
      operation: "getAllItems",
      limit: ({ query }) => (query.size > 0 ? "itemsWithParameters" : "items"),
      scope: ["item", "view_only"],
      handle: (request, seller) => list(walmart, request, seller),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/:id`,
      operation: "getAnItem",
      limit: ({ query }) => (isBySkuAlone(query) ? "item" : "itemWithParameters"),
      scope: ["item", "view_only"],
      handle: getItem,
    }),
  ];
}

/**
 * The cursor names a snapshot, not a position: the first call sends `*`, the next ones the handle they got, unchanged, and
 * a greater `offset`. An account without items answers 404 rather than an empty list.
 */
function list({ kit }: Walmart, request: ApiRequest, seller: Seller): ApiAnswer {
  const limit = queryInteger(request, "limit", { fallback: 20, min: 1, max: 50 });
  if (limit === undefined) return invalidParameter("limit", "limit must be 1 to 50");
  const offset = queryInteger(request, "offset", { fallback: 0, min: 0, max: MAX_OFFSET });
  if (offset === undefined) return invalidParameter("offset", `offset must be 0 to ${MAX_OFFSET}`);
  if (seller.items.size === 0) return notFound("ITEM", "item");

  const asked = request.query.get("nextCursor");
  const nextCursor = asked === "*" ? openSnapshot(seller, kit.random.hex(40)) : asked;
  if (nextCursor !== null && !isOpen(seller, nextCursor)) {
    return invalidParameter("nextCursor", "the cursor is not valid or has expired");
  }
  const items = [...seller.items.values()].slice(offset, offset + limit);
  const body = { ItemResponse: items.map(itemBody), totalItems: seller.items.size };
  return { status: 200, body: nextCursor === null ? body : { ...body, nextCursor } };
}

function openSnapshot({ cursors }: Seller, cursor: string): string {
  cursors.items.set(cursor, { expiresAt: Date.now() + SNAPSHOT_LIFETIME_MS });
  return cursor;
}

function isOpen({ cursors }: Seller, cursor: string): boolean {
  return (cursors.items.get(cursor)?.expiresAt ?? 0) > Date.now();
}

function getItem(request: ApiRequest, seller: Seller): ApiAnswer {
  const item = seller.items.get(request.params["id"] ?? "");
  return item ? { status: 200, body: { ItemResponse: [itemBody(item)], totalItems: 1 } } : notFound("ITEM", "id");
}

function isBySkuAlone(query: URLSearchParams): boolean {
  return query.size === 0 || (query.size === 1 && query.get("productIdType") === "SKU");
}

function itemBody({ sku, title, prices, wpid, gtin }: Item) {
  return {
    mart: "WALMART_US",
    sku,
    wpid,
    upc: gtin.slice(-12),
    gtin,
    productName: title,
    price: { currency: "USD", amount: prices.base },
    publishedStatus: "PUBLISHED",
    lifecycleStatus: "ACTIVE",
  };
}
