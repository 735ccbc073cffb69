import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { isOnHost } from "./access.ts";
import type { Application } from "./application.ts";
import type { Ebay } from "./ebay.ts";
import { accessError, refuse, tooManyRequests } from "./errors.ts";
import { CONSENT_LIFETIME_SECONDS, grantConsent } from "./consent.ts";
import { applicationScopes } from "./scopes.ts";
import { TOKEN_LIFETIME_SECONDS } from "./tokens.ts";

export const TOKEN_PATH = "/identity/v1/oauth2/token";

/**
 * `POST /identity/v1/oauth2/token`, grants `authorization_code`, `refresh_token` and `client_credentials` (eBay docs: OAuth
 * tokens). A refresh answers no new refresh token, and the access token holds exactly the scopes that were asked for.
 */
export function oauthRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [{ method: "POST", path: TOKEN_PATH, operation: "token", handle: (request) => token(ebay, request) }];
}

function token(ebay: Ebay, request: ApiRequest): ApiAnswer {
  if (!isOnHost(request, "api.ebay.com")) return refuse(404, accessError(2002, "Resource not found"));
  const application = applicationOfKeys(ebay, request);
  if (!application || request.headers["authorization"] !== basicAuthorization(application)) {
    return refused(401, "invalid_client", "client authentication failed");
  }
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return refused(400, "invalid_request", "the body must be application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(request.body.toString());
  switch (form.get("grant_type") ?? "") {
    case "authorization_code":
      return application.quotas.spend("authorizationCode") ? exchange(ebay, application, form) : tooManyRequests();
    case "refresh_token":
      return application.quotas.spend("refreshToken") ? refresh(ebay, application, form) : tooManyRequests();
    case "client_credentials":
      return application.quotas.spend("clientCredentials")
        ? applicationToken(ebay, application, form)
        : tooManyRequests();
    default:
      return refused(
        400,
        "unsupported_grant_type",
        "grant type in request is not supported by the authorization server",
      );
  }
}

/** A code works once, with the keyset and the RuName it was asked for with. */
function exchange(ebay: Ebay, application: Application, form: URLSearchParams): ApiAnswer {
  const agreed = ebay.codes.redeem(form.get("code") ?? "");
  const isOurs = agreed?.seller.application === application && form.get("redirect_uri") === application.ruName;
  if (!agreed || !isOurs) {
    return refused(
      400,
      "invalid_grant",
      "the provided authorization grant code is invalid or was issued to another client",
    );
  }
  const { seller, scopes } = agreed;
  const consent = grantConsent(seller.consents, scopes, ebay.kit.random);
  const accessToken = ebay.tokens.issue({ application, seller, consent, scopes });
  return {
    status: 200,
    body: {
      ...tokenBody(accessToken, "User Access Token"),
      refresh_token: consent.refreshToken,
      refresh_token_expires_in: CONSENT_LIFETIME_SECONDS,
    },
  };
}

/** A refresh token works with the keyset it was issued to, and no other. */
function refresh(ebay: Ebay, application: Application, form: URLSearchParams): ApiAnswer {
  const refreshToken = form.get("refresh_token") ?? "";
  const seller = ebay.kit.accounts.list().find((each) => each.consents.has(refreshToken));
  const consent = seller?.consents.get(refreshToken);
  if (!seller || !consent || consent.endsAt <= Date.now() || seller.application !== application) {
    return refused(
      400,
      "invalid_grant",
      "the provided authorization refresh token is invalid or was issued to another client",
    );
  }
  const asked = scopesOf(form) ?? consent.scopes;
  if (!isPartOf(asked, consent.scopes)) return invalidScope();
  const accessToken = ebay.tokens.issue({ application, seller, consent, scopes: asked });
  return { status: 200, body: tokenBody(accessToken, "User Access Token") };
}

function applicationToken(ebay: Ebay, application: Application, form: URLSearchParams): ApiAnswer {
  const asked = scopesOf(form);
  if (!asked || !isPartOf(asked, applicationScopes)) return invalidScope();
  const accessToken = ebay.tokens.issue({ application, seller: null, consent: null, scopes: asked });
  return { status: 200, body: tokenBody(accessToken, "Application Access Token") };
}

/** Whose app id a token request names, whatever its cert id. */
export function applicationOfKeys({ kit }: Ebay, request: ApiRequest): Application | undefined {
  const encoded = request.headers["authorization"]?.replace(/^Basic /u, "") ?? "";
  const [appId] = Buffer.from(encoded, "base64").toString().split(":");
  return kit.accounts.list().find(({ application }) => application.appId === appId)?.application;
}

function basicAuthorization({ appId, certId }: Application): string {
  return `Basic ${Buffer.from(`${appId}:${certId}`).toString("base64")}`;
}

function scopesOf(form: URLSearchParams): readonly string[] | undefined {
  const asked = form
    .get("scope")
    ?.split(" ")
    .filter((scope) => scope !== "");
  return asked?.length ? asked : undefined;
}

function isPartOf(asked: readonly string[], allowed: readonly string[]): boolean {
  return asked.every((scope) => allowed.includes(scope));
}

function tokenBody(accessToken: string, tokenType: string) {
  return { access_token: accessToken, expires_in: TOKEN_LIFETIME_SECONDS, token_type: tokenType };
}

function invalidScope(): ApiAnswer {
  return refused(
    400,
    "invalid_scope",
    "the requested scope is invalid, unknown, malformed, or exceeds the scope granted",
  );
}

function refused(status: number, error: string, description: string): ApiAnswer {
  return { status, body: { error, error_description: description } };
}
