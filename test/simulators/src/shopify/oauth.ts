import { asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type ApiRoute } from "../kit/index.ts";
import type { Shop } from "./account.ts";
import { isReachable } from "./subscriptions.ts";
import type { TokenAnswer, Tokens } from "./tokens.ts";

/** The shop's own pages of OAuth. The merchant agrees at once, or declines with `sim_decision=decline`. */
export function oauthRoutes(shopOf: (request: ApiRequest) => Shop | undefined): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/admin/oauth/authorize",
      operation: "authorize",
      handle: (request) => authorize(request, shopOf(request)),
    },
    {
      method: "POST",
      path: "/admin/oauth/access_token",
      operation: "access_token",
      handle: (request) => accessToken(request, shopOf(request)),
    },
  ];
}

function authorize({ query }: ApiRequest, shop: Shop | undefined): ApiAnswer {
  const redirect = query.get("redirect_uri") ?? "";
  const scopes = (query.get("scope") ?? "").split(",").filter((scope) => scope !== "");
  if (!shop || query.get("client_id") !== shop.tokens.app.clientId) return refused("application_cannot_be_found");
  if (!isReachable(redirect)) return refused("invalid_request: the redirect_uri is not whitelisted");
  if (scopes.length === 0) return refused("invalid_scope: the app asks for nothing");
  // Per-user tokens end with the person's session: not simulated.
  if (query.getAll("grant_options[]").includes("per-user")) return refused("invalid_request: online tokens");
  const declined = query.get("sim_decision") === "decline";
  const decision: [string, string] = declined ? ["error", "access_denied"] : ["code", shop.tokens.authorize(scopes)];
  return { status: 302, headers: { location: signedRedirect(shop, redirect, decision, query.get("state") ?? "") } };
}

function signedRedirect(shop: Shop, redirect: string, decision: [string, string], state: string): string {
  const fields: [string, string][] = [
    decision,
    ["host", Buffer.from(`${shop.domain}/admin`).toString("base64url")],
    ["shop", shop.domain],
    ["state", state],
    ["timestamp", String(Math.floor(Date.now() / 1_000))],
  ];
  const message = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const location = new URL(redirect);
  for (const [name, value] of fields) location.searchParams.set(name, value);
  location.searchParams.set("hmac", shop.tokens.sign(message, "hex"));
  return location.href;
}

function accessToken(request: ApiRequest, shop: Shop | undefined): ApiAnswer {
  const fields = asObject(parseJson(request.body)) ?? Object.fromEntries(new URLSearchParams(request.body.toString()));
  const field = (name: string) => asText(fields[name]);
  if (!shop || field("client_id") !== shop.tokens.app.clientId) return refused("application_cannot_be_found");
  if (shop.tokens.isRevoked || !shop.tokens.isSecret(field("client_secret"))) return refused("invalid_client");
  return grant(shop.tokens, field);
}

function grant(tokens: Tokens, field: (name: string) => string | undefined): ApiAnswer {
  const code = field("code");
  if (field("grant_type") === "client_credentials") return granted(tokens.clientCredentials());
  if (field("grant_type") === "refresh_token") return granted(tokens.refresh(field("refresh_token") ?? ""));
  if (code === undefined) return refused("unsupported_grant_type");
  return granted(tokens.exchange(code, field("expiring") === "1"));
}

function granted(tokens: TokenAnswer | undefined): ApiAnswer {
  return tokens ? { status: 200, body: tokens } : refused("invalid_grant");
}

function refused(error: string): ApiAnswer {
  return { status: 400, body: { error, error_description: `The request was refused: ${error}` } };
}
