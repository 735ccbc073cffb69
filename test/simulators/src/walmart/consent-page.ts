import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { app } from "./consents.ts";
import { invalidParameter } from "./errors.ts";
import type { Walmart } from "./walmart.ts";

/**
 * The page of login.account.wal-mart.com on which a seller lets an app in (Walmart docs: OAuth 2.0 authorization). The
 * seller agrees at once, or declines with `sim_decision=decline`; `sim_account` says who it is, else the first one.
 */
export function consentPageRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    { method: "GET", path: "/authorize", operation: "authorize", handle: (request) => consent(walmart, request) },
  ];
}

function consent({ kit, consents }: Walmart, { query }: ApiRequest): ApiAnswer {
  const required = { responseType: "code", clientType: "seller", clientId: app.clientId };
  const wrong = Object.entries(required).find(([name, value]) => query.get(name) !== value)?.[0];
  if (wrong !== undefined) return invalidParameter(wrong, `${wrong} is missing or not right`);
  const missing = ["nonce", "state", "redirectUri"].find((name) => !query.get(name));
  if (missing !== undefined) return invalidParameter(missing, `${missing} is missing`);
  const redirectUri = query.get("redirectUri") ?? "";
  if (!URL.canParse(redirectUri)) return invalidParameter("redirectUri", "redirectUri is no address");

  const account = query.get("sim_account");
  const seller = account === null ? kit.accounts.list()[0] : kit.accounts.find(account);
  if (!seller) return invalidParameter("sim_account", "there is no such seller");
  const back = new URL(redirectUri);
  back.searchParams.set("state", query.get("state") ?? "");
  if (query.get("sim_decision") === "decline") {
    back.searchParams.set("error", "access_denied");
  } else {
    back.searchParams.set("code", consents.grant(seller, redirectUri));
    back.searchParams.set("type", "auth");
    back.searchParams.set("clientId", app.clientId);
    back.searchParams.set("sellerId", seller.partnerId);
  }
  return { status: 302, headers: { location: back.href } };
}
