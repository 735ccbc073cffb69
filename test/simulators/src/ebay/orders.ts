import { queryInteger } from "../kit/index.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { fulfillmentError, refuse } from "./errors.ts";
import { orderBody } from "./order.ts";
import { readOrderFilter } from "./order-filter.ts";
import { scopes } from "./scopes.ts";
import type { Seller } from "./seller.ts";

const MAX_ORDER_IDS = 50;
const read = { scopes: [scopes.fulfillment, scopes.fulfillmentReadonly], quota: "fulfillment" } as const;

/** getOrders and getOrder (eBay Sell Fulfillment API). */
export function orderRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/fulfillment/v1/order",
      operation: "getOrders",
      ...read,
      handle: getOrders,
    }),
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/fulfillment/v1/order/:orderId",
      operation: "getOrder",
      ...read,
      handle: getOrder,
    }),
  ];
}

/** `orderIds` switches every other parameter off; here `offset` is the number of records to skip. */
function getOrders(request: ApiRequest, seller: Seller): ApiAnswer {
  const orderIds = request.query.get("orderIds")?.split(",");
  if (orderIds) return ordersById(orderIds, seller);
  const limit = queryInteger(request, "limit", { fallback: 50, min: 1, max: 200 });
  const offset = queryInteger(request, "offset", { fallback: 0, min: 0, max: 1_000_000 });
  if (limit === undefined) return refuse(400, fulfillmentError(30820, "Invalid limit: 1 to 200."));
  if (offset === undefined) return refuse(400, fulfillmentError(30830, "Invalid offset."));
  const filterText = request.query.get("filter");
  const filter = readOrderFilter(filterText, Date.now());
  if ("refused" in filter) return refuse(400, filter.refused);

  const found = [...seller.orders.values()].filter(filter.matches);
  const orders = found.slice(offset, offset + limit);
  const href = (start: number) => {
    const query = new URLSearchParams({ limit: String(limit), offset: String(start) });
    if (filterText) query.set("filter", filterText);
    return `https://api.ebay.com/sell/fulfillment/v1/order?${query.toString()}`;
  };
  return {
    status: 200,
    body: {
      href: href(offset),
      total: found.length,
      limit,
      offset,
      ...(offset + limit < found.length && { next: href(offset + limit) }),
      orders: orders.map((order) => orderBody(order, seller.marketplaceId, "getOrders")),
    },
  };
}

function ordersById(orderIds: readonly string[], seller: Seller): ApiAnswer {
  if (orderIds.length > MAX_ORDER_IDS) return refuse(400, fulfillmentError(30700, "At most 50 orderIds."));
  const orders = orderIds.flatMap((orderId) => seller.orders.get(orderId) ?? []);
  return {
    status: 200,
    body: {
      total: orders.length,
      orders: orders.map((order) => orderBody(order, seller.marketplaceId, "getOrders")),
    },
  };
}

function getOrder(request: ApiRequest, seller: Seller): ApiAnswer {
  const order = seller.orders.get(request.params["orderId"] ?? "");
  if (!order) return refuse(404, fulfillmentError(32100, "Invalid order id."));
  return { status: 200, body: orderBody(order, seller.marketplaceId, "getOrder") };
}
