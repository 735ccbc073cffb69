import type { ApiAnswer, ApiRequest, ApiRoute, Bucket } from "../kit/index.ts";
import { forbidden, refuse, tooManyRequests, unauthorized } from "./errors.ts";
import { limits, type LimitName } from "./limits.ts";
import { isGranted, type ScopeName } from "./scopes.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";
import { inAcceptedFormat } from "./xml.ts";

/** A business call of a seller. */
interface SellerOperation {
  readonly method: ApiRoute["method"];
  readonly path: string;
  readonly operation: string;
  /** The bucket a call spends. */
  readonly limit: LimitName | ((request: ApiRequest) => LimitName);
  /** What the token must be granted; absent where every token will do. */
  readonly scope?: readonly [ScopeName, "full_access" | "view_only"];
  readonly handle: (request: ApiRequest, seller: Seller) => ApiAnswer | Promise<ApiAnswer>;
}

/**
 * Guards a business call: mandatory headers, token, scope, the seller's bucket for this endpoint. Every counted answer tells the
 * bucket's state in `x-current-token-count` and `x-next-replenishment-time` (epoch milliseconds or ISO 8601: both were seen).
 */
export function sellerRoute(
  walmart: Walmart,
  { method, path, operation, limit, scope, handle }: SellerOperation,
): ApiRoute {
  async function answer(request: ApiRequest): Promise<ApiAnswer> {
    const refused = missingHeader(request);
    if (refused) return refused;
    const token = walmart.tokens.find(request.headers["wm_sec.access_token"]);
    if (!token) return unauthorized(401, "the access token is missing, invalid or expired");
    const { seller } = token;
    const name = typeof limit === "string" ? limit : limit(request);
    if (scope && !isGranted(seller.scopes, ...scope)) return forbidden(scope[0]);
    const bucket = walmart.kit.limits.bucket(seller.name, name, limits[name]);
    const answered = bucket.take() ? await handle(request, seller) : tooManyRequests();
    return { ...answered, headers: { ...answered.headers, ...bucketHeaders(bucket, walmart.timeFormat) } };
  }

  return {
    method,
    path,
    operation,
    handle: async (request) => inAcceptedFormat(request, await answer(request)),
  };
}

/** The refusal of a call without the headers every call must carry. */
export function missingHeader(request: ApiRequest): ApiAnswer | undefined {
  const missing = ["wm_qos.correlation_id", "wm_svc.name"].find((name) => !request.headers[name]);
  if (!missing) return undefined;
  const code = "INVALID_REQUEST_HEADER.GMP_GATEWAY_API";
  return refuse(400, { code, field: missing.toUpperCase(), description: `${missing.toUpperCase()} is missing` });
}

function bucketHeaders(bucket: Bucket, format: Walmart["timeFormat"]): { readonly [name: string]: string } {
  const left = bucket.available();
  const untilNextMs = ((1 - (left % 1)) / bucket.limit.perSecond) * 1_000;
  const nextAt = Math.ceil(Date.now() + untilNextMs);
  return {
    "x-current-token-count": String(Math.floor(left)),
    "x-next-replenishment-time": format === "epoch" ? String(nextAt) : new Date(nextAt).toISOString(),
  };
}
