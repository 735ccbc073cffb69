import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import type { Seller } from "./account.ts";

const PATH = "/apps/authorize/consent";

/**
 * Seller Central's consent page (Amazon docs: website authorization workflow). The seller agrees at once; with
 * `sim_decision=decline` the browser comes back without a code. `sim_redirect` is where an app sends it that has one
 * address registered and therefore names none.
 */
export function consentRoute(sellers: () => readonly Seller[]): ApiRoute {
  return { method: "GET", path: PATH, operation: "consent", handle: (request) => consent(request, sellers()) };
}

/** The seller whose app asks for consent. */
export function sellerConsenting({ path, query }: ApiRequest, sellers: readonly Seller[]): Seller | undefined {
  if (path !== PATH) return undefined;
  return sellers.find(({ applicationId }) => applicationId === query.get("application_id"));
}

function consent(request: ApiRequest, sellers: readonly Seller[]): ApiAnswer {
  const { query, host } = request;
  const seller = sellerConsenting(request, sellers);
  const state = query.get("state");
  const back = URL.parse(query.get("redirect_uri") ?? query.get("sim_redirect") ?? "");
  // A browser that was sent to the simulator's own address can't say which host it believes in.
  if (!/^(?:sellercentral[a-z.-]*|127\.0\.0\.1|localhost)$/u.test(host)) return { status: 404, body: "no such page" };
  if (!seller) return page("MD1000", "The application can't be authorized: it is unknown, or a draft.");
  if (!back) return page("MD5101", "The redirect URI is not registered.");
  if (!state) return page("MD5110", "The state is missing.");
  back.searchParams.set("state", state);
  if (query.get("sim_decision") !== "decline") {
    back.searchParams.set("selling_partner_id", seller.sellerId);
    back.searchParams.set("spapi_oauth_code", seller.tokens.authorize());
  }
  return { status: 302, headers: { location: back.href } };
}

function page(code: string, words: string): ApiAnswer {
  return { status: 400, headers: { "content-type": "text/html" }, body: `<html><body>${code}: ${words}</body></html>` };
}
