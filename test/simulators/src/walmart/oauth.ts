import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { missingHeader } from "./access.ts";
import { app } from "./consents.ts";
import { malformed, unauthorized } from "./errors.ts";
import type { Seller } from "./seller.ts";
import { TOKEN_LIFETIME_SECONDS, type AccessToken } from "./tokens.ts";
import type { Walmart } from "./walmart.ts";
import { inAcceptedFormat } from "./xml.ts";

export const TOKEN_PATH = "/v3/token";

/** `POST /v3/token` and `GET /v3/token/detail` (Walmart docs: get an access token). */
export function oauthRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    {
      method: "POST",
      path: TOKEN_PATH,
      operation: "token",
      handle: (request) => inAcceptedFormat(request, token(walmart, request)),
    },
    {
      method: "GET",
      path: "/v3/token/detail",
      operation: "tokenDetail",
      handle: (request) => inAcceptedFormat(request, tokenDetail(walmart, request)),
    },
  ];
}

/**
 * A seller's own keys take client credentials only, the app's a code or a refresh token of a seller named in
 * `WM_PARTNER.ID`. What is wrong is refused with 400, as sellers report it, though 401 would be expected.
 */
function token(walmart: Walmart, request: ApiRequest): ApiAnswer {
  const refused = missingHeader(request);
  if (refused) return refused;
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return malformed("the body must be application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(request.body.toString());
  switch (form.get("grant_type") ?? "") {
    case "client_credentials": {
      const seller = sellerOfKeys(walmart, request);
      const isRight = seller && !seller.isRevoked && isAuthorizedAs(request, seller);
      return isRight ? issue(walmart, seller, false) : unauthorized(400, "the client id or client secret is wrong");
    }
    case "authorization_code":
      return withApp(request, () => exchangeCode(walmart, request, form));
    case "refresh_token":
      return withApp(request, () => {
        const seller = walmart.consents.find(form.get("refresh_token") ?? "", partnerOf(request));
        return seller ? issue(walmart, seller, true) : unauthorized(400, "the refresh token is not valid");
      });
    default:
      return malformed("grant_type must be client_credentials, authorization_code or refresh_token");
  }
}

function exchangeCode(walmart: Walmart, request: ApiRequest, form: URLSearchParams): ApiAnswer {
  const partnerId = partnerOf(request);
  const { code, redirect_uri: redirectUri } = Object.fromEntries(form);
  const refreshToken = walmart.consents.redeem(code ?? "", partnerId, redirectUri ?? "");
  const seller = refreshToken === undefined ? undefined : walmart.consents.find(refreshToken, partnerId);
  if (!seller) return unauthorized(400, "the authorization code is not valid");
  const answer = issue(walmart, seller, true);
  return { ...answer, body: { ...answer.body, refresh_token: refreshToken } };
}

function issue(walmart: Walmart, seller: Seller, isOfApp: boolean) {
  const body = {
    access_token: walmart.tokens.issue(seller, isOfApp),
    token_type: "Bearer",
    expires_in: TOKEN_LIFETIME_SECONDS,
  };
  return { status: 200, body };
}

function withApp(request: ApiRequest, answer: () => ApiAnswer): ApiAnswer {
  return isAuthorizedAs(request, app) ? answer() : unauthorized(400, "the client id or client secret is wrong");
}

function partnerOf({ headers }: ApiRequest): string {
  return headers["wm_partner.id"] ?? "";
}

function tokenDetail(walmart: Walmart, request: ApiRequest): ApiAnswer {
  const refused = missingHeader(request);
  if (refused) return refused;
  const found = walmart.tokens.find(request.headers["wm_sec.access_token"]);
  if (!found) return unauthorized(401, "the access token is missing, invalid or expired");
  return {
    status: 200,
    body: {
      expire_at: String(found.expiresAt),
      issued_at: String(found.issuedAt),
      is_channel_match: isChannelMatch(request, found),
      is_valid: true,
      scopes: Object.fromEntries(found.seller.scopes),
    },
  };
}

/** Null where the app names none: it is optional. A seller's own keys have none to match. */
function isChannelMatch({ headers }: ApiRequest, { isOfApp }: AccessToken): boolean | null {
  const named = headers["wm_consumer.channel.type"];
  if (!isOfApp) return true;
  return named === undefined ? null : named === app.channelType;
}

/** Whose client id a token request names, whatever its secret. */
export function sellerOfKeys({ kit }: Walmart, request: ApiRequest): Seller | undefined {
  const encoded = request.headers["authorization"]?.replace(/^Basic /u, "") ?? "";
  const [clientId] = Buffer.from(encoded, "base64").toString().split(":");
  return kit.accounts.list().find((seller) => seller.clientId === clientId);
}

/** The seller a token request is about: by the keys, or by the partner that the app names. */
export function sellerOfTokenRequest(walmart: Walmart, request: ApiRequest): Seller | undefined {
  const partnerId = partnerOf(request);
  return sellerOfKeys(walmart, request) ?? walmart.kit.accounts.list().find((seller) => seller.partnerId === partnerId);
}

function isAuthorizedAs(
  { headers }: ApiRequest,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
): boolean {
  return headers["authorization"] === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
}
