import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import type { Ebay } from "./ebay.ts";
import { accessError, refuse, tooManyRequests } from "./errors.ts";
import type { QuotaName } from "./quota.ts";
import type { Seller } from "./seller.ts";
import { bearerToken, type Grant } from "./tokens.ts";

/** An operation behind a bearer token. */
interface Guarded<Caller> {
  readonly method: ApiRoute["method"];
  readonly path: string;
  readonly operation: string;
  /** Any one of these is enough. */
  readonly scopes: readonly string[];
  readonly quota?: QuotaName;
  /** The Identity API lives on another host than the rest. */
  readonly host?: "api.ebay.com" | "apiz.ebay.com";
  readonly handle: (request: ApiRequest, caller: Caller) => ApiAnswer | Promise<ApiAnswer>;
}

/** An operation on a seller's data: an application token is refused, as one without the scope is. */
export function sellerRoute(ebay: Ebay, guarded: Guarded<Seller>): ApiRoute {
  return guardedRoute(ebay, guarded, (request, { seller }) =>
    seller ? guarded.handle(request, seller) : insufficientPermissions(),
  );
}

/** An operation open to the application itself as well as to a seller's token. */
export function grantRoute(ebay: Ebay, guarded: Guarded<Grant>): ApiRoute {
  return guardedRoute(ebay, guarded, guarded.handle);
}

function guardedRoute(
  ebay: Ebay,
  { method, path, operation, scopes, quota, host = "api.ebay.com" }: Omit<Guarded<never>, "handle">,
  handle: Guarded<Grant>["handle"],
): ApiRoute {
  return {
    method,
    path,
    operation,
    handle(request) {
      if (!isOnHost(request, host)) return refuse(404, accessError(2002, "Resource not found"));
      const token = bearerToken(request.headers["authorization"]);
      if (token === undefined) return refuse(401, accessError(1002, "Missing access token"));
      const grant = ebay.tokens.find(token);
      if (!grant) return unknownToken(ebay, request, token);
      if (!scopes.some((scope) => grant.scopes.includes(scope))) return insufficientPermissions();
      if (quota && !grant.application.quotas.spend(quota)) return tooManyRequests();
      return handle(request, grant);
    },
  };
}

/** To the Inventory API an expired token is one without the scope (github.com/hendt/ebay-api/issues/148). */
function unknownToken({ tokens }: Ebay, { path }: ApiRequest, token: string): ApiAnswer {
  if (path.startsWith("/sell/inventory/") && tokens.hasExpired(token)) return insufficientPermissions();
  return refuse(401, accessError(1001, "Invalid access token"));
}

/** Whether the call names this host in `x-sim-host`; a call without it came straight to the simulator. */
export function isOnHost(request: ApiRequest, host: string): boolean {
  return request.headers["x-sim-host"] === undefined || request.host === host;
}

function insufficientPermissions(): ApiAnswer {
  return refuse(403, accessError(1100, "Access denied: insufficient permissions to fulfill the request."));
}
