import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import type { Ebay } from "./ebay.ts";
import { allScopes } from "./scopes.ts";
import type { Seller } from "./seller.ts";

export const CONSENT_PATH = "/oauth2/authorize";

/**
 * `GET https://auth.ebay.com/oauth2/authorize`: the seller agrees at once to all that is asked, and the browser is sent
 * back with a code that works once, for five minutes (eBay docs: OAuth consent request).
 *
 * eBay knows the address to send it to by the RuName, which is `redirect_uri` here; `sim_redirect` stands in for the
 * developer account where it is entered. With `sim_decision=decline` the seller declines; what eBay then adds to the
 * address is not documented.
 */
export function consentPageRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: CONSENT_PATH,
      operation: "authorize",
      handle: (request) => consent(ebay, request),
    },
  ];
}

function consent(ebay: Ebay, { query }: ApiRequest): ApiAnswer {
  const seller = sellerOfClient(ebay, query.get("client_id"));
  if (!seller) return page("unauthorized_client: no application has this client_id");
  const { application } = seller;
  if (query.get("redirect_uri") !== application.ruName) return page("invalid_request: redirect_uri must be the RuName");
  if (query.get("response_type") !== "code") return page("unsupported_response_type");
  const scopes = query.get("scope")?.split(" ") ?? [];
  if (scopes.length === 0 || !scopes.every((scope) => allScopes.includes(scope))) return page("invalid_scope");
  const to = query.get("sim_redirect");
  if (to === null || !URL.canParse(to)) return page("the RuName has no address: name it as sim_redirect");

  const target = new URL(to);
  const state = query.get("state");
  if (state !== null) target.searchParams.set("state", state);
  if (query.get("sim_decision") === "decline") {
    target.searchParams.set("error", "access_denied");
  } else {
    target.searchParams.set("code", ebay.codes.issue({ seller, scopes }));
    target.searchParams.set("expires_in", String(ebay.codes.lifetimeSeconds));
  }
  return { status: 302, headers: { location: target.href } };
}

/** The seller whose keyset it is; here each has their own. */
export function sellerOfClient({ kit }: Ebay, clientId: string | null): Seller | undefined {
  return kit.accounts.list().find(({ application }) => application.appId === clientId);
}

function page(text: string): ApiAnswer {
  return { status: 400, headers: { "content-type": "text/plain" }, body: text };
}
