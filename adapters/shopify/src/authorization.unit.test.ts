import { createHmac } from "node:crypto";
import { createOutbound } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { describe, expect, it } from "vitest";
import { shopifyAdapter } from "./adapter.ts";
import { authorization } from "./authorization.ts";
import { channelErrorOf, json, SHOP, tokenEndpoint, useNock } from "./testing/harness.ts";

useNock();

const answers = { shop: "https://admin.shopify.com/store/acme", clientId: "client-one", clientSecret: "shpss_secret" };
const request = { state: "state-1", redirectUrl: "https://hub.example/v1/channels/shopify/callback" };
const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });
const seconds = (ago = 0) => String(Math.floor(Date.now() / 1_000) - ago);

/** The query the browser comes back with, signed as Shopify does. */
function callback(fields: { readonly [name: string]: string } = {}, secret = answers.clientSecret): URLSearchParams {
  const query = { code: "code one", host: "YWRtaW4", shop: SHOP, state: "state-1", timestamp: seconds(), ...fields };
  const message = Object.entries(query)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  return new URLSearchParams({ ...query, hmac: createHmac("sha256", secret).update(message).digest("hex") });
}

const exchange = (query: URLSearchParams, more: object = {}) =>
  authorization.exchange(query, { ...answers, ...more }, { ...request, outbound, signal: AbortSignal.timeout(5_000) });

describe("the consent page", () => {
  it("is the shop's own, and asks for the app's token with what syncing stock needs", () => {
    const url = authorization.consentUrl(answers, request);
    expect(url.origin + url.pathname).toBe(`https://${SHOP}/admin/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "client-one",
      scope: "read_products,read_inventory,write_inventory,read_locations,read_orders,write_products",
      redirect_uri: request.redirectUrl,
      state: "state-1",
      "grant_options[]": "",
    });
  });

  it("is asked for by what the form asks first", () => {
    expect(shopifyAdapter.authorization?.asks).toEqual(["shop", "clientId", "clientSecret"]);
  });

  it.each([
    [{ ...answers, shop: "acme.example" }, "shop"],
    [{ shop: answers.shop, clientSecret: "s" }, "clientId"],
  ])("is refused for %o, naming the answer", async (given, name) => {
    const error = await channelErrorOf((async () => authorization.consentUrl(given, request))());
    expect(error).toMatchObject({ failure: "rejected", message: expect.stringContaining(name) });
  });
});

describe("what comes back from it", () => {
  it("is exchanged for a token that expires, and one that renews it", async () => {
    const body = { client_id: "client-one", client_secret: "shpss_secret", code: "code one", expiring: "1" };
    tokenEndpoint(body).reply(
      200,
      {
        access_token: "shpat_one",
        scope: "read_products",
        expires_in: 3_600,
        refresh_token: "shprt_one",
        refresh_token_expires_in: 7_776_000,
      },
      json,
    );
    const { credentials, settings } = await exchange(callback());
    expect(settings).toEqual({ shop: SHOP });
    expect(shopifyAdapter.credentials.parse(credentials)).toMatchObject({
      clientId: "client-one",
      clientSecret: "shpss_secret",
      accessToken: "shpat_one",
      refreshToken: "shprt_one",
      scope: "read_products",
    });
    const inHours = (at = "") => (Date.parse(at) - Date.now()) / 3_600_000;
    expect(inHours(credentials.accessTokenExpiresAt)).toBeCloseTo(1, 1);
    expect(inHours(credentials.refreshTokenExpiresAt)).toBeCloseTo(90 * 24, 1);
  });

  it("is kept with the previous client secret, with which Shopify may still sign", async () => {
    tokenEndpoint().reply(200, { access_token: "shpat_one", scope: "read_products" }, json);
    const { credentials } = await exchange(callback(), { previousClientSecret: "shpss_old" });
    expect(credentials).toMatchObject({ clientSecret: "shpss_secret", previousClientSecret: "shpss_old" });
  });

  it.each([
    ["signed with another secret", callback({}, "shpss_other")],
    ["altered", new URLSearchParams([...callback().entries(), ["shop", "evil.myshopify.com"]])],
    ["without a signature", new URLSearchParams({ code: "c", shop: SHOP, state: "state-1", timestamp: seconds() })],
    ["older than 90 seconds", callback({ timestamp: seconds(120) })],
    ["without a time", callback({ timestamp: "" })],
    ["of another shop", callback({ shop: "evil.myshopify.com" })],
    ["of another try", callback({ state: "state-2" })],
  ])("is refused when %s, before any call", async (_name, query) => {
    expect(await channelErrorOf(exchange(query))).toMatchObject({ failure: "unauthorized", code: "invalid_callback" });
  });

  it("is the merchant's no when it has no code", async () => {
    const error = await channelErrorOf(exchange(callback({ code: "", error: "access_denied" })));
    expect(error).toMatchObject({ failure: "unauthorized", code: "declined" });
  });

  it.each([
    [400, { error: "invalid_request", error_description: "The code was used already" }, "unauthorized"],
    [503, "<html>down</html>", "unavailable"],
    [429, "", "rate_limited"],
    [200, '{"access_token": "shpat_cu', "unavailable"],
    [200, {}, "unavailable"],
  ])("fails with a %i %j of the token endpoint as %s", async (status, body, failure) => {
    tokenEndpoint().reply(status, body, json);
    expect(await channelErrorOf(exchange(callback()))).toMatchObject({ failure, httpStatus: status });
  });
});
