import { asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type ApiRoute } from "../kit/index.ts";
import type { Seller } from "./account.ts";

const LOGIN_HOST = "api.amazon.com";
const NOTIFICATIONS_SCOPE = "sellingpartnerapi::notifications";

/** Login with Amazon, the token endpoint of all regions. JSON or form bodies. */
export function loginRoute(sellers: () => readonly Seller[]): ApiRoute {
  return {
    method: "POST",
    path: "/auth/o2/token",
    operation: "token",
    handle: (request) => (request.host === LOGIN_HOST ? login(request, sellers()) : { status: 404 }),
  };
}

/** The seller whose app asks for a token. */
export function sellerLoggingIn(request: ApiRequest, sellers: readonly Seller[]): Seller | undefined {
  const { client_id: clientId } = fieldsOf(request);
  return sellers.find(({ tokens }) => tokens.clientId === clientId);
}

function fieldsOf({ body }: ApiRequest): { readonly [field: string]: unknown } {
  return asObject(parseJson(body)) ?? Object.fromEntries(new URLSearchParams(body.toString()));
}

function login(request: ApiRequest, sellers: readonly Seller[]): ApiAnswer {
  const fields = fieldsOf(request);
  const tokens = sellerLoggingIn(request, sellers)?.tokens;
  if (!tokens?.accepts(fields["client_secret"])) {
    return { status: 401, body: { error: "invalid_client", error_description: "Client authentication failed" } };
  }
  if (fields["grant_type"] === "client_credentials") {
    if (fields["scope"] !== NOTIFICATIONS_SCOPE) return refused("invalid_scope", "An unknown scope was requested");
    return { status: 200, body: tokens.issue("grantless") };
  }
  if (fields["grant_type"] === "authorization_code") {
    const refreshToken = tokens.exchange(asText(fields["code"]));
    if (refreshToken === undefined)
      return refused("invalid_grant", "The request has an invalid grant parameter : code");
    return { status: 200, body: { ...tokens.issue("seller"), refresh_token: refreshToken } };
  }
  if (fields["grant_type"] !== "refresh_token")
    return refused("unsupported_grant_type", "The grant type is not supported");
  if (!tokens.refreshes(asText(fields["refresh_token"]))) {
    return refused("invalid_grant", "The request has an invalid grant parameter : refresh_token");
  }
  return { status: 200, body: { ...tokens.issue("seller"), refresh_token: tokens.refreshToken } };
}

function refused(error: string, description: string): ApiAnswer {
  return { status: 400, body: { error, error_description: description } };
}
