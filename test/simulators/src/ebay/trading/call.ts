import type { ApiAnswer, ApiRequest, JsonObject } from "../../kit/index.ts";
import { isOnHost } from "../access.ts";
import type { Ebay } from "../ebay.ts";
import type { Seller } from "../seller.ts";
import { tradingError, type TradingError } from "./errors.ts";
import { readRequest, writeResponse } from "./xml.ts";

export const TRADING_PATH = "/ws/api.dll";

/** What a call answers besides its Ack; `errors` alone make it a `Failure`, with `fields` a `PartialFailure`. */
export interface TradingAnswer {
  readonly fields?: object;
  readonly errors?: readonly TradingError[];
}
export type TradingCall = (seller: Seller, request: JsonObject) => TradingAnswer;

/** The call a request to the Trading API names; undefined for requests to other addresses. */
export function tradingCallOf({ path, headers }: ApiRequest): string | undefined {
  return path === TRADING_PATH ? (headers["x-ebay-api-call-name"] ?? "") : undefined;
}

export function tradingToken({ headers }: ApiRequest): string | undefined {
  return headers["x-ebay-api-iaf-token"];
}

/** HTTP says 200 whatever became of the call; its `Ack` says the rest (eBay Trading API). */
export function answerTrading(
  ebay: Ebay,
  calls: { readonly [name: string]: TradingCall },
  request: ApiRequest,
): ApiAnswer {
  const name = tradingCallOf(request) ?? "";
  const call = calls[name];
  const refuse = (error: TradingError) => respond(name, { errors: [error] });
  if (!call) return refuse(tradingError("10012", "X-EBAY-API-CALL-NAME"));
  if (!isOnHost(request, "api.ebay.com")) return { status: 404 };
  const header = ["x-ebay-api-siteid", "x-ebay-api-compatibility-level"].find(
    (each) => !/^\d+$/u.test(request.headers[each] ?? ""),
  );
  if (header !== undefined) return refuse(tradingError("10012", header));
  const token = tradingToken(request);
  if (token === undefined) return refuse(tradingError("930"));
  const grant = ebay.tokens.find(token);
  if (!grant) return refuse(tradingError(ebay.tokens.applicationOf(token) ? "21917053" : "21916984"));
  if (!grant.seller) return refuse(tradingError("21916984", "It is not a user's token."));
  if (!grant.application.quotas.spend("trading")) return usageLimitReached(request);
  if (name === "ReviseInventoryStatus" && !grant.seller.spendReviseCall()) {
    return { ...refuse(tradingError("21919144")), throttled: true };
  }
  const fields = readRequest(name, request.body);
  return fields ? respond(name, call(grant.seller, fields)) : refuse(tradingError("5"));
}

/** The day's calls are used up, or a fault says so. */
export function usageLimitReached(request: ApiRequest): ApiAnswer {
  return { ...respond(tradingCallOf(request) ?? "", { errors: [tradingError("518")] }), throttled: true };
}

function respond(name: string, { fields, errors = [] }: TradingAnswer): ApiAnswer {
  const Ack = errors.length === 0 ? "Success" : fields ? "PartialFailure" : "Failure";
  return {
    status: 200,
    headers: { "content-type": "text/xml;charset=utf-8" },
    body: writeResponse(name || "Unknown", { Ack, ...(errors.length > 0 && { Errors: errors }), ...fields }),
  };
}
