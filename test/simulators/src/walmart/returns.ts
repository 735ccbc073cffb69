import { queryInteger } from "../kit/index.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter } from "./errors.ts";
import type { Walmart } from "./walmart.ts";

/** GET `/v3/returns` (Walmart Returns OpenAPI). Nobody returns anything here, so the list is empty. */
export function returnRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: "/v3/returns",
      operation: "getReturns",
      limit: "returns",
      handle: list,
    }),
  ];
}

/** A start date without its end date is refused. */
function list(request: ApiRequest): ApiAnswer {
  const limit = queryInteger(request, "limit", { fallback: 10, min: 1, max: 200 });
  if (limit === undefined) return invalidParameter("limit", "limit must be 1 to 200");
  for (const prefix of ["returnLastModified", "returnCreation"]) {
    const hasStart = request.query.has(`${prefix}StartDate`);
    if (hasStart !== request.query.has(`${prefix}EndDate`)) {
      return invalidParameter(`${prefix}StartDate`, "start date and end date must be sent together");
    }
  }
  return { status: 200, body: { meta: { totalCount: 0, limit }, returnOrders: [] } };
}
