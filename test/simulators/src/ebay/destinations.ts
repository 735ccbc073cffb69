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
import type { Application, Destination } from "./application.ts";
import { isAllowedEndpoint, passesChallenge } from "./challenge.ts";
import type { Ebay } from "./ebay.ts";
import { notificationError, refuse, unreadable } from "./errors.ts";
import { scopes } from "./scopes.ts";

const PATH = "/commerce/notification/v1/destination";
const VERIFICATION_TOKEN = /^[\w-]{32,80}$/u;

/** Where notifications go: create, read, change and delete destinations (eBay Commerce Notification API). */
export function destinationRoutes(ebay: Ebay): readonly ApiRoute[] {
  const common = { scopes: [scopes.base], quota: "notification" } as const;
  const one = `${PATH}/:destinationId`;
  return [
    grantRoute(ebay, {
      method: "POST",
      path: PATH,
      operation: "createDestination",
      ...common,
      handle: (request, { application }) => create(ebay, application, request),
    }),
    grantRoute(ebay, {
      method: "GET",
      path: PATH,
      operation: "getDestinations",
      ...common,
      handle: (_request, { application }) => list(application),
    }),
    grantRoute(ebay, {
      method: "GET",
      path: one,
      operation: "getDestination",
      ...common,
      handle: (request, { application }) =>
        withDestination(application, request, (found) => ({ status: 200, body: destinationBody(found) })),
    }),
    grantRoute(ebay, {
      method: "PUT",
      path: one,
      operation: "updateDestination",
      ...common,
      handle: (request, { application }) =>
        withDestination(application, request, (found) => update(application, request, found)),
    }),
    grantRoute(ebay, {
      method: "DELETE",
      path: one,
      operation: "deleteDestination",
      ...common,
      handle: (request, { application }) =>
        withDestination(application, request, (found) => remove(application, found)),
    }),
  ];
}

async function create({ kit }: Ebay, application: Application, request: ApiRequest): Promise<ApiAnswer> {
  const wanted = readDestination(jsonBody(request));
  if ("status" in wanted) return wanted;
  if (application.alertEmail === null) return missingConfiguration();
  const refused = await refusal(application, wanted.destination, undefined);
  if (refused) return refused;
  const destination = { destinationId: kit.random.uuid(), ...wanted.destination };
  application.destinations.set(destination.destinationId, destination);
  return { status: 201, headers: { location: `https://api.ebay.com${PATH}/${destination.destinationId}` }, body: {} };
}

async function update(application: Application, request: ApiRequest, found: Destination): Promise<ApiAnswer> {
  const wanted = readDestination(jsonBody(request));
  if ("status" in wanted) return wanted;
  const refused = await refusal(application, wanted.destination, found);
  if (refused) return refused;
  Object.assign(found, wanted.destination);
  return { status: 204 };
}

function remove(application: Application, { destinationId, status }: Destination): ApiAnswer {
  const isUsed = [...application.subscriptions.values()].some((each) => each.destinationId === destinationId);
  if (status === "ENABLED" || isUsed) {
    return refuse(409, notificationError(195024, "Destination is in use and cannot be deleted."));
  }
  application.destinations.delete(destinationId);
  return { status: 204 };
}

function list(application: Application): ApiAnswer {
  const destinations = [...application.destinations.values()].map(destinationBody);
  return { status: 200, body: { total: destinations.length, href: PATH, limit: 20, destinations } };
}

/** Why this endpoint can't be (or stay) a destination. */
async function refusal(
  application: Application,
  { endpoint, verificationToken }: Omit<Destination, "destinationId">,
  self: Destination | undefined,
): Promise<ApiAnswer | undefined> {
  // The challenge first: between the look-up and the entry there must be no waiting, or an endpoint could be entered twice.
  if (!(await passesChallenge(endpoint, verificationToken))) {
    return refuse(409, notificationError(195020, "Challenge verification failed for requested endpoint"));
  }
  const isTaken = [...application.destinations.values()].some((each) => each.endpoint === endpoint && each !== self);
  return isTaken ? refuse(409, notificationError(195021, "Destination exists for this endpoint")) : undefined;
}

function readDestination(
  body: JsonObject | undefined,
): ApiAnswer | { destination: Omit<Destination, "destinationId"> } {
  if (!body) return unreadable();
  const config = asObject(body["deliveryConfig"]);
  const name = asText(body["name"]) ?? "";
  const endpoint = asText(config?.["endpoint"]) ?? "";
  const verificationToken = asText(config?.["verificationToken"]) ?? "";
  const status = body["status"];
  if (name === "" || name.length > 64) return refuse(400, notificationError(195016, "Invalid name."));
  if (!isAllowedEndpoint(endpoint)) return refuse(400, notificationError(195017, "Invalid or missing endpoint."));
  if (status !== "ENABLED" && status !== "DISABLED") {
    return refuse(400, notificationError(195018, "Invalid or missing destination status."));
  }
  if (!VERIFICATION_TOKEN.test(verificationToken)) {
    return refuse(400, notificationError(195019, "Invalid or missing verification token for this endpoint."));
  }
  return { destination: { name, status, endpoint, verificationToken } };
}

function withDestination(
  { destinations }: Application,
  request: ApiRequest,
  answer: (found: Destination) => ApiAnswer | Promise<ApiAnswer>,
): ApiAnswer | Promise<ApiAnswer> {
  const found = destinations.get(request.params["destinationId"] ?? "");
  return found ? answer(found) : refuse(404, notificationError(195022, "Invalid or missing destination id."));
}

function destinationBody({ destinationId, name, status, endpoint, verificationToken }: Destination) {
  return { destinationId, name, status, deliveryConfig: { endpoint, verificationToken } };
}

export function missingConfiguration(): ApiAnswer {
  return refuse(
    409,
    notificationError(195003, "Please provide configurations required for notifications. Refer to /config"),
  );
}
