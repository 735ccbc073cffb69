import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { missingHeader } from "./access.ts";
import { malformed, unauthorized } from "./errors.ts";
import type { Seller } from "./seller.ts";
import { TOKEN_LIFETIME_SECONDS } from "./tokens.ts";
import type { Walmart } from "./walmart.ts";
import { inAcceptedFormat } from "./xml.ts";

export const TOKEN_PATH = "/v3/token";

const scopeNames = ["reports", "item", "price", "lagtime", "feeds", "returns", "orders", "inventory", "content"];

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

/** Refuses wrong keys with 400, as sellers report it, though 401 would be expected. */
function token(walmart: Walmart, request: ApiRequest): ApiAnswer {
  const refused = missingHeader(request);
  if (refused) return refused;
  const seller = sellerOfKeys(walmart, request);
  const isRight = seller && !seller.isRevoked && request.headers["authorization"] === basicAuthorization(seller);
  if (!isRight) return unauthorized(400, "the client id or client secret is wrong");
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return malformed("the body must be application/x-www-form-urlencoded");
  }
  if (new URLSearchParams(request.body.toString()).get("grant_type") !== "client_credentials") {
    return malformed("grant_type must be client_credentials");
  }
  const body = { access_token: walmart.tokens.issue(seller), token_type: "Bearer", expires_in: TOKEN_LIFETIME_SECONDS };
  return { status: 200, body };
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
      is_channel_match: true,
      is_valid: true,
      scopes: Object.fromEntries(scopeNames.map((name) => [name, "full_access"])),
    },
  };
}

/** Whose client id a token request names, whatever its secret. */
export function sellerOfKeys({ kit }: Walmart, request: ApiRequest): Seller | undefined {
  const encoded = request.headers["authorization"]?.replace(/^Basic /u, "") ?? "";
  const [clientId] = Buffer.from(encoded, "base64").toString().split(":");
  return kit.accounts.list().find((seller) => seller.clientId === clientId);
}

function basicAuthorization({ clientId, clientSecret }: Seller): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
}
