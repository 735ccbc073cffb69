import {
  asObject,
  asText,
  type ApiAnswer,
  type ApiRequest,
  type ApiRoute,
  type JsonObject,
  jsonBody,
} from "../kit/index.ts";
import { grantRoute } from "./access.ts";
import type { Application, Subscription } from "./application.ts";
import { missingConfiguration } from "./destinations.ts";
import type { Ebay } from "./ebay.ts";
import { notificationError, refuse, unreadable } from "./errors.ts";
import { scopes } from "./scopes.ts";
import type { Grant } from "./tokens.ts";
import { topics, type Topic } from "./topics.ts";

const PATH = "/commerce/notification/v1/subscription";

/** Which topic goes to which destination, for a seller or for the application (eBay Commerce Notification API). */
export function subscriptionRoutes(ebay: Ebay): readonly ApiRoute[] {
  const write = { scopes: [scopes.base, scopes.subscription], quota: "notification" } as const;
  const read = { ...write, scopes: [...write.scopes, scopes.subscriptionReadonly] };
  const one = `${PATH}/:subscriptionId`;
  return [
    grantRoute(ebay, {
      method: "POST",
      path: PATH,
      operation: "createSubscription",
      ...write,
      handle: (request, grant) => create(ebay, request, grant),
    }),
    grantRoute(ebay, {
      method: "GET",
      path: PATH,
      operation: "getSubscriptions",
      ...read,
      handle: (_request, grant) => list(grant),
    }),
    grantRoute(ebay, {
      method: "GET",
      path: one,
      operation: "getSubscription",
      ...read,
      handle: (request, grant) =>
        withSubscription(request, grant, (found) => ({ status: 200, body: subscriptionBody(found) })),
    }),
    grantRoute(ebay, {
      method: "PUT",
      path: one,
      operation: "updateSubscription",
      ...write,
      handle: (request, grant) =>
        withSubscription(request, grant, (found) => update(grant.application, request, found)),
    }),
    grantRoute(ebay, {
      method: "DELETE",
      path: one,
      operation: "deleteSubscription",
      ...write,
      handle: (request, grant) =>
        withSubscription(request, grant, ({ subscriptionId }) => {
          grant.application.subscriptions.delete(subscriptionId);
          return { status: 204 };
        }),
    }),
  ];
}

function create({ kit, partnerTopics }: Ebay, request: ApiRequest, grant: Grant): ApiAnswer {
  const { application } = grant;
  const body = jsonBody(request);
  if (!body) return unreadable();
  const topic = topics.find(({ topicId }) => topicId === body["topicId"]);
  if (!topic) return refuse(400, notificationError(195027, "Invalid or missing topic id."));
  if (partnerTopics.includes(topic.topicId) || !isAuthorized(topic, grant))
    return refuse(403, notificationError(195011, "Not authorized for this topic."));
  if (application.alertEmail === null) return missingConfiguration();
  const problem = payloadProblem(topic, body) ?? routingProblem(application, body);
  if (problem) return problem;
  const isKnown = ownedBy(grant).some(({ topicId }) => topicId === topic.topicId);
  if (isKnown) return refuse(409, notificationError(195012, "Subscription already exists"));

  const subscription: Subscription = {
    subscriptionId: kit.random.uuid(),
    seller: grant.seller?.name ?? null,
    topicId: topic.topicId,
    schemaVersion: topic.schemaVersion,
    createdAt: new Date().toISOString(),
    ...readRouting(body),
  };
  application.subscriptions.set(subscription.subscriptionId, subscription);
  return { status: 201, headers: { location: `https://api.ebay.com${PATH}/${subscription.subscriptionId}` }, body: {} };
}

function update(application: Application, request: ApiRequest, found: Subscription): ApiAnswer {
  const body = jsonBody(request);
  if (!body) return unreadable();
  const topic = topics.find(({ topicId }) => topicId === found.topicId);
  const problem = (topic && payloadProblem(topic, body)) ?? routingProblem(application, body);
  if (problem) return problem;
  Object.assign(found, readRouting(body));
  return { status: 204 };
}

function list(grant: Grant): ApiAnswer {
  const subscriptions = ownedBy(grant).map(subscriptionBody);
  return { status: 200, body: { total: subscriptions.length, href: PATH, limit: 20, subscriptions } };
}

/** A USER topic takes that seller's token with the topic's scope; an APPLICATION topic the application's own. */
function isAuthorized(topic: Topic, grant: Grant): boolean {
  const hasScope = topic.authorizationScopes.every((scope) => grant.scopes.includes(scope));
  return hasScope && (topic.scope === "USER") === (grant.seller !== null);
}

function payloadProblem(topic: Topic, body: JsonObject): ApiAnswer | undefined {
  const payload = asObject(body["payload"]);
  if (payload?.["schemaVersion"] !== topic.schemaVersion) {
    return refuse(400, notificationError(195008, "Invalid or missing schema version."));
  }
  if (payload["format"] !== "JSON") {
    return refuse(400, notificationError(195009, "Specified format is not supported for the topic."));
  }
  if (payload["deliveryProtocol"] === "HTTPS") return undefined;
  return refuse(400, notificationError(195010, "Invalid or missing protocol"));
}

function routingProblem({ destinations }: Application, body: JsonObject): ApiAnswer | undefined {
  const destination = destinations.get(asText(body["destinationId"]) ?? "");
  if (!destination) return refuse(400, notificationError(195007, "Invalid or missing destination id."));
  const status = body["status"];
  if (status !== "ENABLED" && status !== "DISABLED") {
    return refuse(400, notificationError(195006, "Invalid or missing subscription status."));
  }
  if (status === "DISABLED" || destination.status === "ENABLED") return undefined;
  return refuse(409, notificationError(195015, "The subscription cannot be enabled: the destination is not enabled."));
}

/** Of a body that `routingProblem` found nothing wrong with. */
function readRouting(body: JsonObject): Pick<Subscription, "destinationId" | "status"> {
  const status = body["status"] === "ENABLED" ? "ENABLED" : "DISABLED";
  return { destinationId: asText(body["destinationId"]) ?? "", status };
}

function ownedBy({ application, seller }: Grant): readonly Subscription[] {
  const owner = seller?.name ?? null;
  return [...application.subscriptions.values()].filter((subscription) => subscription.seller === owner);
}

function withSubscription(request: ApiRequest, grant: Grant, answer: (found: Subscription) => ApiAnswer): ApiAnswer {
  const id = request.params["subscriptionId"];
  const found = ownedBy(grant).find(({ subscriptionId }) => subscriptionId === id);
  return found ? answer(found) : refuse(404, notificationError(195013, "The subscription id does not exist."));
}

function subscriptionBody({ subscriptionId, topicId, status, createdAt, destinationId, schemaVersion }: Subscription) {
  const payload = { format: "JSON", schemaVersion, deliveryProtocol: "HTTPS" };
  return { subscriptionId, topicId, status, creationDate: createdAt, destinationId, payload };
}
