import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter } from "./errors.ts";
import { isReturnFound, readReturnSearch, returnBody, type ReturnSearch } from "./return.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

/** GET `/v3/returns` (Walmart Returns OpenAPI). */
export function returnRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: "/v3/returns",
      operation: "getReturns",
      limit: "returns",
      scope: ["returns", "view_only"],
      handle: (request, seller) => list(walmart, request, seller),
    }),
  ];
}

/** The next page is a ready query string, as of orders. */
function list(walmart: Walmart, request: ApiRequest, seller: Seller): ApiAnswer {
  if (request.query.has("offset")) {
    const rest = seller.cursors.returns.get(request.query.toString());
    return rest ? page(seller, rest) : invalidParameter("nextCursor", "the cursor is not valid");
  }
  const search = readReturnSearch(request);
  if (typeof search === "string") {
    return invalidParameter(search, `${search} is not valid: start date and end date must be sent together`);
  }
  return page(seller, { search, offset: 0 });
}

function page(
  seller: Seller,
  { search, offset }: { readonly search: ReturnSearch; readonly offset: number },
): ApiAnswer {
  const found = [...seller.returns.values()].filter((order) => isReturnFound(order, search));
  const orders = found.slice(offset, offset + search.limit);
  const end = offset + orders.length;
  const next = `sellerId=${seller.partnerId}&limit=${search.limit}&offset=${end}`;
  if (end < found.length) seller.cursors.returns.set(next, { search, offset: end });
  const meta = { totalCount: found.length, limit: search.limit, ...(end < found.length && { nextCursor: `?${next}` }) };
  return { status: 200, body: { meta, returnOrders: orders.map(returnBody) } };
}
