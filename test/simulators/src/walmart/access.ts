import type { ApiAnswer, ApiRequest, ApiRoute, Bucket } from "../kit/index.ts";
import { refuse, tooManyRequests, unauthorized } from "./errors.ts";
import { limits, type LimitName } from "./limits.ts";
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
  readonly handle: (request: ApiRequest, seller: Seller) => ApiAnswer | Promise<ApiAnswer>;
}

/**
 * Guards a business call: mandatory headers, token, the seller's bucket for this endpoint. Every counted answer tells the
 * bucket's state in `x-current-token-count` and `x-next-replenishment-time` (epoch milliseconds).
 */
export function sellerRoute(walmart: Walmart, { method, path, operation, limit, handle }: SellerOperation): ApiRoute {
  async function answer(request: ApiRequest): Promise<ApiAnswer> {
    const refused = missingHeader(request);
    if (refused) return refused;
    const token = walmart.tokens.find(request.headers["wm_sec.access_token"]);
    if (!token) return unauthorized(401, "the access token is missing, invalid or expired");
    const { seller } = token;
    const name = typeof limit === "string" ? limit : limit(request);
    const bucket = walmart.buckets(`${seller.name} ${name}`, limits[name]);
    const answered = bucket.take() ? await handle(request, seller) : tooManyRequests();
    return { ...answered, headers: { ...answered.headers, ...bucketHeaders(bucket) } };
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

function bucketHeaders(bucket: Bucket): { readonly [name: string]: string } {
  const left = bucket.available();
  const untilNextMs = ((1 - (left % 1)) / bucket.limit.perSecond) * 1_000;
  return {
    "x-current-token-count": String(Math.floor(left)),
    "x-next-replenishment-time": String(Math.ceil(Date.now() + untilNextMs)),
  };
}
