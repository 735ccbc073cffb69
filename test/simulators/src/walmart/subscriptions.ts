import { asArray, asObject, type ApiAnswer, type ApiRequest, type ApiRoute, jsonBody } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { forbidden, invalidParameter, malformed, notFound } from "./errors.ts";
import { isGranted } from "./scopes.ts";
import type { Seller } from "./seller.ts";
import { eventTypes, readSubscription, scopeOfResource, type Subscription } from "./subscription.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/webhooks";

/** Event types and subscriptions (Walmart Notifications OpenAPI). Deliveries can be signed by HMAC only. */
export function subscriptionRoutes(walmart: Walmart): readonly ApiRoute[] {
  const one = `${PATH}/subscriptions/:subscriptionId`;
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/eventTypes`,
      operation: "getEventTypes",
      limit: "eventTypes",
      handle: () => ({ status: 200, body: { events: eventTypes } }),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/subscriptions`,
      operation: "getAllSubscriptions",
      limit: "subscriptionList",
      handle: list,
    }),
    sellerRoute(walmart, {
      method: "POST",
      path: `${PATH}/subscriptions`,
      operation: "createSubscription",
      limit: "subscriptionCreate",
      handle: (request, seller) => create(walmart, request, seller),
    }),
    sellerRoute(walmart, {
      method: "PATCH",
      path: one,
      operation: "updateSubscription",
      limit: "subscriptionUpdate",
      handle: update,
    }),
    sellerRoute(walmart, {
      method: "DELETE",
      path: one,
      operation: "deleteSubscription",
      limit: "subscriptionDelete",
      handle: remove,
    }),
  ];
}

function list({ query }: ApiRequest, seller: Seller): ApiAnswer {
  const found = [...seller.subscriptions.values()].filter(
    ({ eventType, status }) =>
      (query.get("eventType") ?? eventType) === eventType && (query.get("status") ?? status) === status,
  );
  return { status: 200, body: { events: found.map((each) => subscriptionBody(each, seller)) } };
}

/** All the events of a request are created, or none when one of them is wrong. */
function create({ kit }: Walmart, request: ApiRequest, seller: Seller): ApiAnswer {
  const events = asArray(jsonBody(request)?.["events"])?.map((event) => asObject(event) ?? {});
  if (!events?.length) return malformed("events is missing");
  const wanted = events.map((event) => readSubscription(event));
  const wrong = wanted.find((each) => typeof each === "string");
  if (wrong !== undefined) return invalidParameter(wrong, `${wrong} is missing or not valid`);

  const right = wanted.filter((each) => typeof each !== "string");
  const refused = right.map((fields) => refusedScope(fields, seller)).find((each) => each !== undefined);
  if (refused) return refused;
  const created = right.map((fields) => ({ subscriptionId: kit.random.uuid(), ...fields }));
  for (const subscription of created) seller.subscriptions.set(subscription.subscriptionId, subscription);
  return { status: 200, body: { events: created.map((each) => subscriptionBody(each, seller)) } };
}

/** Changes what the request names and leaves the rest. */
function update(request: ApiRequest, seller: Seller): ApiAnswer {
  const found = seller.subscriptions.get(request.params["subscriptionId"] ?? "");
  if (!found) return notFound("WEBHOOK", "subscriptionId");
  const body = jsonBody(request);
  if (!body) return malformed("the body must be a JSON object sent as application/json");
  const fields = readSubscription({ ...found, ...body });
  if (typeof fields === "string") return invalidParameter(fields, `${fields} is not valid`);
  const refused = refusedScope(fields, seller);
  if (refused) return refused;
  const subscription = { ...found, ...fields };
  seller.subscriptions.set(found.subscriptionId, subscription);
  return { status: 200, body: subscriptionBody(subscription, seller) };
}

function refusedScope({ resourceName }: Pick<Subscription, "resourceName">, { scopes }: Seller): ApiAnswer | undefined {
  const scope = scopeOfResource[resourceName];
  return isGranted(scopes, scope, "view_only") ? undefined : forbidden(scope);
}

function remove(request: ApiRequest, seller: Seller): ApiAnswer {
  const subscriptionId = request.params["subscriptionId"] ?? "";
  if (!seller.subscriptions.delete(subscriptionId)) return notFound("WEBHOOK", "subscriptionId");
  return { status: 200, body: { subscriptionId, message: "Successfully deleted subscription" } };
}

/** The secret is not told again. */
function subscriptionBody({ authDetails, ...subscription }: Subscription, { partnerId }: Seller) {
  const { clientSecret: _secret, ...shown } = authDetails;
  return { ...subscription, partnerId, authDetails: shown };
}
