import { asText, type ApiAnswer, type ApiRequest, type ApiRoute, jsonBody } from "../kit/index.ts";
import { grantRoute } from "./access.ts";
import type { Application } from "./application.ts";
import type { Ebay } from "./ebay.ts";
import { notificationError, refuse } from "./errors.ts";
import { scopes } from "./scopes.ts";
import type { Signing } from "./signer.ts";

const PATH = "/commerce/notification/v1";

/** The alert address that must be set before all else, and eBay's public keys (eBay Commerce Notification API). */
export function notificationConfigRoutes(ebay: Ebay): readonly ApiRoute[] {
  const common = { scopes: [scopes.base], quota: "notification" } as const;
  return [
    grantRoute(ebay, {
      method: "GET",
      path: `${PATH}/config`,
      operation: "getConfig",
      ...common,
      handle: (_request, { application }) => getConfig(application),
    }),
    grantRoute(ebay, {
      method: "PUT",
      path: `${PATH}/config`,
      operation: "updateConfig",
      ...common,
      handle: (request, { application }) => updateConfig(application, request),
    }),
    grantRoute(ebay, {
      method: "GET",
      path: `${PATH}/public_key/:kid`,
      operation: "getPublicKey",
      ...common,
      handle: (request) => publicKey(ebay.signing, request),
    }),
  ];
}

function getConfig({ alertEmail }: Application): ApiAnswer {
  if (alertEmail === null) return refuse(404, notificationError(195026, "Configuration Not Found."));
  return { status: 200, body: { alertEmail } };
}

function updateConfig(application: Application, request: ApiRequest): ApiAnswer {
  const alertEmail = asText(jsonBody(request)?.["alertEmail"]);
  if (!alertEmail?.includes("@")) return refuse(400, notificationError(195025, "Invalid or missing email."));
  application.alertEmail = alertEmail;
  return { status: 204 };
}

function publicKey(signing: Signing, request: ApiRequest): ApiAnswer {
  const key = signing.publicKey(request.params["kid"] ?? "");
  if (key === undefined) return refuse(404, notificationError(195001, "The specified key id is invalid."));
  return { status: 200, body: { key, algorithm: "ECDSA", digest: "SHA1" } };
}
