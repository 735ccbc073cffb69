import { createOutbound } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authorization } from "./authorization.ts";
import { channelErrorOf, tokenEndpoint, useNock } from "./testing/harness.ts";

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-11-21T09:00:00.000Z"), toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());
useNock();

const answers = { appId: "LastUnit-app", certId: "PRD-cert-secret", ruName: "Lastunit-Lastunit-PRD-abc" };
const state = "state of this one try";
const redirectUrl = "https://hub.example/connected";
const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });
const code = "v^1.1#i^1#p^3#t^H4s%2B";
const granted = {
  access_token: "access",
  expires_in: 7_200,
  refresh_token: "v^1.1#refresh",
  refresh_token_expires_in: 47_304_000,
  token_type: "User Access Token",
};

function exchange(callback: Record<string, string> = { code, state }, given: Record<string, string> = {}) {
  const request = { state, redirectUrl, outbound, signal: AbortSignal.timeout(15_000) };
  return authorization.exchange(new URLSearchParams(callback), { ...answers, ...given }, request);
}

function eBayCallsTheSeller(username: string | undefined) {
  nock("https://apiz.ebay.com", { reqheaders: { authorization: "Bearer access" } })
    .get("/commerce/identity/v1/user/")
    .reply(200, { username });
}

describe("the consent page", () => {
  it("is eBay's, by RuName, with every scope, our state, and the seller's own sign-in", () => {
    const url = authorization.consentUrl(answers, { state, redirectUrl });
    expect(`${url.origin}${url.pathname}`).toBe("https://auth.ebay.com/oauth2/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: answers.appId,
      redirect_uri: answers.ruName,
      response_type: "code",
      scope: [
        "",
        "/sell.inventory",
        "/sell.fulfillment",
        "/commerce.identity.readonly",
        "/commerce.notification.subscription",
      ]
        .map((scope) => `https://api.ebay.com/oauth/api_scope${scope}`)
        .join(" "),
      state,
      prompt: "login",
    });
  });

  it("needs every answer it asks for, and names what is missing", () => {
    for (const asked of authorization.asks) {
      const without = { ...answers, [asked]: " " };
      expect(() => authorization.consentUrl(without, { state, redirectUrl })).toThrow(asked);
    }
  });

  it.each([
    ["appId", "Lastunit-hub-SBX-1234abcd-5678efab"],
    ["certId", "SBX-1234abcd5678"],
  ])("is not opened for a sandbox keyset (%s), whose sellers don't exist there", (field, value) => {
    expect(() => authorization.consentUrl({ ...answers, [field]: value }, { state, redirectUrl })).toThrow(
      `${field}, which is of a sandbox keyset`,
    );
  });
});

describe("a consent", () => {
  it("is traded for the tokens, with the day it ends, the code decoded once and the RuName in place of an address", async () => {
    tokenEndpoint((body) => {
      expect(body).toEqual({ grant_type: "authorization_code", code, redirect_uri: answers.ruName });
      return true;
    })
      .basicAuth({ user: answers.appId, pass: answers.certId })
      .reply(200, granted);
    eBayCallsTheSeller("Acme_Outlet");
    const { appId, certId, ruName } = answers;
    expect(await exchange({ code, state, expires_in: "299" })).toEqual({
      credentials: {
        appId,
        certId,
        accessToken: "access",
        accessTokenExpiresAt: "2026-11-21T11:00:00.000Z",
        refreshToken: "v^1.1#refresh",
        refreshTokenExpiresAt: "2028-05-21T21:00:00.000Z",
      },
      settings: { marketplaceId: "EBAY_US", seller: "Acme_Outlet", ruName },
    });
  });

  it("keeps the merchant's own name for the seller where eBay withholds it, and asks for one where there is none", async () => {
    tokenEndpoint(/authorization_code/)
      .twice()
      .reply(200, granted);
    eBayCallsTheSeller(undefined);
    expect(await exchange(undefined, { seller: "acme" })).toMatchObject({ settings: { seller: "acme" } });
    eBayCallsTheSeller(undefined);
    expect(await channelErrorOf(exchange(), "access")).toMatchObject({ failure: "rejected", code: "no_seller" });
  });

  it("of another seller than the merchant named is refused", async () => {
    tokenEndpoint(/authorization_code/).reply(200, granted);
    eBayCallsTheSeller("somebody-else");
    const error = await channelErrorOf(exchange(undefined, { seller: "acme" }), "access", "v^1.1#refresh");
    expect(error).toMatchObject({ failure: "unauthorized", code: "another_seller" });
    expect(error.message).toContain("sign in to eBay as acme");
  });

  it.each([
    ["was not given", { state, error: "access_denied" }, "declined"],
    ["is of another try", { code, state: "another" }, "forged_state"],
    ["says no state", { code }, "forged_state"],
  ])("that %s reaches no token endpoint", async (_, callback, reason) => {
    expect(await channelErrorOf(exchange(callback))).toMatchObject({ failure: "unauthorized", code: reason });
  });

  it("that is too old or was used before says so", async () => {
    tokenEndpoint(/authorization_code/).reply(400, { error: "invalid_grant", error_description: "invalid" });
    const error = await channelErrorOf(exchange(), code);
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
    expect(error.message).toContain("connect again");
  });

  it("without a refresh token is no consent", async () => {
    const { refresh_token: _, ...half } = granted;
    tokenEndpoint(/authorization_code/).reply(200, half);
    expect(await channelErrorOf(exchange(), "access")).toMatchObject({ failure: "unavailable" });
  });
});
