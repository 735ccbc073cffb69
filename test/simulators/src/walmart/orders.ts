import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, notFound } from "./errors.ts";
import { isFound, readOrderSearch, type OrderSearch } from "./order-search.ts";
import { orderBody } from "./order.ts";
import { orderActions } from "./order-actions.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/orders";

/** GET `/v3/orders` and `/v3/orders/{purchaseOrderId}` (Walmart Orders OpenAPI). */
export function orderRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: PATH,
      operation: "getAllOrders",
      limit: "orderList",
      scope: ["orders", "view_only"],
      handle: (request, seller) => list(walmart, request, seller),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/:purchaseOrderId`,
      operation: "getAnOrder",
      limit: "orderGet",
      scope: ["orders", "view_only"],
      handle(request, seller) {
        const order = seller.orders.get(request.params["purchaseOrderId"] ?? "");
        if (!order) return notFound("ORDER", "purchaseOrderId");
        return { status: 200, body: { order: orderBody(order) } };
      },
    }),
    ...orderActions(walmart),
  ];
}

/** The next page is a ready query string: it works only unchanged and with nothing added. */
function list(walmart: Walmart, request: ApiRequest, seller: Seller): ApiAnswer {
  if (request.query.has("hasMoreElements")) {
    const rest = seller.cursors.orders.get(request.query.toString());
    return rest ? page(walmart, seller, rest) : invalidParameter("nextCursor", "the cursor is not valid");
  }
  const search = readOrderSearch(request, Date.now());
  if (typeof search === "string") return invalidParameter(search, `${search} is not valid`);
  return page(walmart, seller, { search, offset: 0 });
}

/** A search that finds too much is refused whole (Walmart docs: all orders); one that finds nothing is a 404, as sellers report it. */
function page(
  { kit, ordersPerSearch }: Walmart,
  seller: Seller,
  { search, offset }: { readonly search: OrderSearch; readonly offset: number },
): ApiAnswer {
  const found = [...seller.orders.values()].filter((order) => isFound(order, search));
  if (found.length > ordersPerSearch) {
    return invalidParameter("createdStartDate", `more than ${ordersPerSearch} orders: search a shorter time`);
  }
  if (found.length === 0) return notFound("ORDER", "order");
  const orders = found.slice(offset, offset + search.limit);
  const end = offset + orders.length;
  const next =
    end < found.length
      ? new URLSearchParams({
          limit: String(search.limit),
          hasMoreElements: "true",
          soIndex: String(end),
          poIndex: kit.random.digits(12),
          partnerId: seller.partnerId,
        }).toString()
      : undefined;
  if (next) seller.cursors.orders.set(next, { search, offset: end });
  const meta = { totalCount: found.length, limit: search.limit, ...(next && { nextCursor: `?${next}` }) };
  const order = orders.map(orderBody);
  return { status: 200, body: { list: { meta, elements: { order } } } };
}
