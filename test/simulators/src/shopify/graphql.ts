import {
  asObject,
  asText,
  parseJson,
  type ApiAnswer,
  type ApiRequest,
  type ApiRoute,
  type JsonObject,
  type Kit,
} from "../kit/index.ts";
import type { Shop } from "./account.ts";
import { actualCost, LARGEST_COST, requestedCost } from "./cost.ts";
import { parseDocument, SyntaxProblem, type Operation } from "./document.ts";
import { operations } from "./operations.ts";
import { answerField } from "./project.ts";
import { prepareOperation, QueryProblem, type Field } from "./query.ts";

export const API_VERSION = "2026-10";

export function graphqlRoute(shopOf: (request: ApiRequest) => Shop | undefined, kit: Kit<Shop>): ApiRoute {
  return {
    method: "POST",
    path: "/admin/api/:version/graphql.json",
    operation: operationName,
    operations: [...Object.keys(operations), "graphql"],
    handle: (request) => ({
      ...(isServed(request.params["version"]) ? answer(request, shopOf(request), kit) : unknownVersion),
      headers: { "x-shopify-api-version": API_VERSION, "content-type": "application/json; charset=utf-8" },
    }),
  };
}

/** Shopify docs, versioning: a version that is retired is answered by the oldest that is not, which is this one here. */
function isServed(version: string | undefined): boolean {
  return version !== undefined && /^\d{4}-(?:01|04|07|10)$/u.test(version) && version <= API_VERSION;
}

const unknownVersion: ApiAnswer = { status: 404, body: { errors: "Not Found" } };

/** The operation's root field, such as `inventorySetQuantities`; `graphql` when the body can't be read. */
function operationName(request: ApiRequest): string {
  try {
    const [first] = readOperation(request).operation.selections;
    return first?.kind === "field" ? first.name : "graphql";
  } catch {
    return "graphql";
  }
}

/** @throws {SyntaxProblem} */
function readOperation({ body }: ApiRequest): { readonly operation: Operation; readonly variables: JsonObject } {
  const fields = asObject(parseJson(body));
  const query = asText(fields?.["query"]);
  if (query === undefined) throw new SyntaxProblem("Required parameter missing or invalid: query");
  return { operation: parseDocument(query), variables: asObject(fields?.["variables"]) ?? {} };
}

/** What a call would be charged before it runs; nothing when it can't be read. */
export function costOfRequest(request: ApiRequest): number {
  try {
    const { operation, variables } = readOperation(request);
    return requestedCost(prepareOperation(operation, variables), operation.type === "mutation");
  } catch {
    return 0;
  }
}

function answer(request: ApiRequest, shop: Shop | undefined, kit: Kit<Shop>): ApiAnswer {
  if (!shop) return { status: 404, body: { errors: "Not Found" } };
  if (!shop.tokens.use(request.headers["x-shopify-access-token"] ?? "")) {
    const errors = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    return { status: 401, body: { errors } };
  }
  if (!/^application\/json\b/u.test(request.headers["content-type"] ?? "")) {
    return { status: 400, body: { errors: "The content type must be application/json" } };
  }
  try {
    const { operation, variables } = readOperation(request);
    return run(shop, operation, prepareOperation(operation, variables), kit);
  } catch (error) {
    if (error instanceof SyntaxProblem) return failure(error.message);
    if (error instanceof QueryProblem) return failure(error.message, error.code);
    throw error;
  }
}

/** Errors of the query itself come with status 200 and without data. */
function failure(message: string, code?: string, extensions: JsonObject = {}): ApiAnswer {
  const error = code === undefined ? { message } : { message, extensions: { code } };
  return { status: 200, body: { errors: [error], ...extensions } };
}

function run(shop: Shop, operation: Operation, fields: readonly Field[], kit: Kit<Shop>): ApiAnswer {
  const isMutation = operation.type === "mutation";
  const cost = requestedCost(fields, isMutation);
  if (cost > LARGEST_COST) {
    return failure(
      `Query cost is ${cost}, which exceeds the single query max cost limit (${LARGEST_COST}).`,
      "MAX_COST_EXCEEDED",
    );
  }
  if (!shop.costs.take(cost)) return throttledAnswer(shop, cost);

  const denied = fields.map((field) => deniedBy(shop, field)).find((message) => message !== undefined);
  if (denied) return failure(denied, "ACCESS_DENIED", costExtensions(shop, cost, cost));
  const data = Object.fromEntries(
    fields.map((field) => [field.alias, answerField(operations[field.name]?.resolve(shop, field, kit), field)]),
  );
  const actual = Math.min(cost, actualCost(fields, isMutation, data));
  shop.costs.give(cost - actual);
  return { status: 200, body: { data, ...costExtensions(shop, cost, actual) } };
}

function deniedBy(shop: Shop, { name }: Field): string | undefined {
  const missing = operations[name]?.scopes.find((scope) => !shop.tokens.scopes.includes(scope));
  return missing && `Access denied for ${name} field. Required access: \`${missing}\` access scope.`;
}

/** Shopify throttles with status 200. */
export function throttledAnswer(shop: Shop, cost: number): ApiAnswer {
  return { ...failure("Throttled", "THROTTLED", costExtensions(shop, cost, null)), throttled: true };
}

function costExtensions(shop: Shop, requestedQueryCost: number, actualQueryCost: number | null): JsonObject {
  const { perSecond, burst } = shop.costs.limit;
  const throttleStatus = {
    maximumAvailable: burst,
    currentlyAvailable: Math.floor(shop.costs.available()),
    restoreRate: perSecond,
  };
  return { extensions: { cost: { requestedQueryCost, actualQueryCost, throttleStatus } } };
}
