import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { grantRoute, sellerRoute } from "./access.ts";
import type { Application } from "./application.ts";
import type { Ebay } from "./ebay.ts";
import type { QuotaName } from "./quota.ts";
import { scopes } from "./scopes.ts";

const DAY_SECONDS = 86_400;

/** The APIs that have a bucket of their own, by the names the Analytics API gives them. */
const apis: readonly { readonly context: string; readonly name: string; readonly quota: QuotaName }[] = [
  { context: "sell", name: "inventory", quota: "inventory" },
  { context: "sell", name: "fulfillment", quota: "fulfillment" },
  { context: "commerce", name: "notification", quota: "notification" },
  { context: "tradingapi", name: "TradingAPI", quota: "trading" },
  { context: "developer", name: "analytics", quota: "analytics" },
];

/** getRateLimits and getUserRateLimits (eBay Developer Analytics API): the only place that tells when a bucket is full again. */
export function analyticsRoutes(ebay: Ebay): readonly ApiRoute[] {
  const common = { method: "GET", scopes: [scopes.base], quota: "analytics" } as const;
  return [
    grantRoute(ebay, {
      ...common,
      path: "/developer/analytics/v1_beta/rate_limit/",
      operation: "getRateLimits",
      handle: (request, { application }) => rateLimits(application, request),
    }),
    sellerRoute(ebay, {
      ...common,
      path: "/developer/analytics/v1_beta/user_rate_limit/",
      operation: "getUserRateLimits",
      handle: (request, { application }) => rateLimits(application, request),
    }),
  ];
}

function rateLimits({ quotas }: Application, request: ApiRequest): ApiAnswer {
  const context = request.query.get("api_context");
  const name = request.query.get("api_name");
  const asked = apis.filter((api) => (context ?? api.context) === api.context && (name ?? api.name) === api.name);
  if (asked.length === 0) return { status: 204 };
  const rateLimits = asked.map((api) => {
    const rate = { ...quotas.state(api.quota), timeWindow: DAY_SECONDS };
    const resources = [{ name: `${api.context}.${api.name}`, rates: [rate] }];
    return { apiContext: api.context, apiName: api.name, apiVersion: "v1", resources };
  });
  return { status: 200, body: { rateLimits } };
}
