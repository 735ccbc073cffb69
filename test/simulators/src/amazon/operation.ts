import type { ApiAnswer, ApiRequest, ApiRoute, BucketLimit, Kit } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import type { Access } from "./tokens.ts";

const API_HOST = "sellingpartnerapi-na.amazon.com";

/** One operation of the Selling Partner API. */
export interface Operation {
  readonly name: string;
  readonly method: ApiRoute["method"];
  readonly path: string;
  /** Default rate and burst of its usage plan, for each pair of seller and app (Amazon docs: the operation's description). */
  readonly limit: BucketLimit;
  /** `grantless`: called with the app's own token, not the seller's. Default `seller`. */
  readonly access?: Access;
  readonly role?: string;
  readonly handle: (seller: Seller, request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;
}

/** Puts what all operations share before each: host, access token, role, usage plan. */
export function operationRoutes(operations: readonly Operation[], kit: Kit<Seller>): readonly ApiRoute[] {
  function handle(operation: Operation, request: ApiRequest): ApiAnswer | Promise<ApiAnswer> {
    const seller = sellerOf(request, kit.accounts.list());
    const refusal = refusalOf(operation, request, seller);
    if (refusal || !seller) return refusal ?? forbidden("");
    const bucket = kit.limits.bucket(seller.name, operation.name, operation.limit);
    if (!bucket.take()) return quotaExceeded();
    return withRate(operation.handle(seller, request), bucket.limit.perSecond);
  }

  return operations.map((operation) => ({
    method: operation.method,
    path: operation.path,
    operation: operation.name,
    handle: (request) => handle(operation, request),
  }));
}

/** The seller whose access token the call carries, good or not. */
export function sellerOf({ headers }: ApiRequest, sellers: readonly Seller[]): Seller | undefined {
  const token = headers["x-amz-access-token"] ?? "";
  return sellers.find(({ tokens }) => tokens.knows(token));
}

function refusalOf(operation: Operation, request: ApiRequest, seller: Seller | undefined): ApiAnswer | undefined {
  if (request.host !== API_HOST) return forbidden("The request was sent to the wrong region or host.");
  const token = request.headers["x-amz-access-token"];
  if (token === undefined) return forbidden("Access token is missing in the request header.");
  const state = seller?.tokens.stateOf(token) ?? "unknown";
  if (state === "expired") return forbidden("The access token you provided has expired.");
  if (state === "unknown") return forbidden("The access token you provided is revoked, malformed or invalid.");
  if (state !== (operation.access ?? "seller")) return forbidden("");
  const mayCall = operation.role === undefined || seller?.roles.includes(operation.role);
  return mayCall ? undefined : forbidden("");
}

function forbidden(details: string): ApiAnswer {
  return failure(403, "Unauthorized", "Access to requested resource is denied.", details);
}

export function quotaExceeded(): ApiAnswer {
  return { ...failure(429, "QuotaExceeded", "You exceeded your quota for the requested resource."), throttled: true };
}

export function failure(status: number, code: string, message: string, details = ""): ApiAnswer {
  return { status, body: { errors: [{ code, message, details }] } };
}

export function badRequest(details: string): ApiAnswer {
  return failure(400, "InvalidInput", "Invalid input", details);
}

async function withRate(answer: ApiAnswer | Promise<ApiAnswer>, perSecond: number): Promise<ApiAnswer> {
  const given = await answer;
  const rate = Number.isInteger(perSecond) ? perSecond.toFixed(1) : String(perSecond);
  return { ...given, headers: { ...given.headers, "x-amzn-RateLimit-Limit": rate } };
}

/** A comma-joined list, as SP-API clients send arrays; also when the parameter is repeated. */
export function listParameter({ query }: ApiRequest, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(","))
    .filter((value) => value !== "");
}

/** Why `marketplaceIds` is refused, if it is: it must be there and name the seller's one marketplace. */
export function marketplaceProblem(request: ApiRequest): ApiAnswer | undefined {
  const ids = listParameter(request, "marketplaceIds");
  if (ids.length === 0) return badRequest("marketplaceIds is required");
  const unknown = ids.find((id) => id !== MARKETPLACE);
  return unknown === undefined
    ? undefined
    : badRequest(`marketplaceIds: ${unknown} is not a marketplace of this seller`);
}
