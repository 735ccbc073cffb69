import type { ApiRequest } from "./api.ts";
import { asObject, parseJson, type JsonObject } from "./json.ts";

/** The request's JSON object; undefined when it isn't one or isn't sent as `application/json`. */
export function jsonBody(request: ApiRequest): JsonObject | undefined {
  if (!request.headers["content-type"]?.startsWith("application/json")) return undefined;
  return asObject(parseJson(request.body));
}

/** A whole number of the query within its bounds, `fallback` when absent, undefined when it is neither. */
export function queryInteger(
  request: ApiRequest,
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number | undefined {
  const text = request.query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  return /^\d+$/u.test(text) && value >= min && value <= max ? value : undefined;
}
