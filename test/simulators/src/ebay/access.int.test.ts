import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEbay, scope, sellerScopes, type EbayBench } from "./testing.ts";

const items = "/sell/inventory/v1/inventory_item";
let ebay: EbayBench;

beforeEach(async () => {
  // A clock that stands still: no day ends unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  ebay = await openEbay([{ sku: "A", quantity: 5 }]);
});

afterEach(async () => {
  vi.useRealTimers();
  await ebay.simulator.stop();
});

describe("tokens", () => {
  it("a refresh gives a two-hour user token and no new refresh token", async () => {
    const { status, body } = await ebay.token({
      grant_type: "refresh_token",
      refresh_token: ebay.refreshToken,
      scope: sellerScopes,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 7_200,
      token_type: "User Access Token",
    });
  });

  it("a refresh that forgets a scope gives a token without it", async () => {
    const token = await ebay.userToken(scope);
    const { status, body } = await ebay.call("GET", items, { token });
    expect(status).toBe(403);
    expect(body.errors[0]).toMatchObject({ errorId: 1100, domain: "ACCESS" });
  });

  it("a refresh can't ask for more than the seller agreed to", async () => {
    const form = { grant_type: "refresh_token", refresh_token: ebay.refreshToken, scope: `${scope}/sell.finances` };
    expect(await ebay.token(form)).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  });

  it("an unknown refresh token is an invalid grant, a wrong keyset an invalid client", async () => {
    const form = { grant_type: "refresh_token", refresh_token: "v^1.1#nobody", scope };
    expect(await ebay.token(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const wrong = { ...ebay.keys, certId: "PRD-wrong" };
    expect(await ebay.token(form, wrong)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const password = { grant_type: "password" };
    expect(await ebay.token(password)).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
  });

  it("a refresh token works with the keyset it was issued to alone", async () => {
    const other = await ebay.simulator.addAccount({ account: "other", listings: [] });
    const keys = { appId: other.credentials["appId"] ?? "", certId: other.credentials["certId"] ?? "" };
    const form = { grant_type: "refresh_token", refresh_token: ebay.refreshToken, scope };
    expect(await ebay.token(form, keys)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("an access token stops working after two hours", async () => {
    const token = await ebay.userToken();
    vi.setSystemTime(Date.now() + 7_199_000);
    expect((await ebay.call("GET", items, { token })).status).toBe(200);
    vi.setSystemTime(Date.now() + 2_000);
    const { status, body } = await ebay.call("GET", "/sell/fulfillment/v1/order", { token });
    expect(status).toBe(401);
    expect(body.errors[0]).toMatchObject({ errorId: 1001, domain: "OAuth", message: "Invalid access token" });
  });

  it("an expired access token is one without permission to the Inventory API", async () => {
    const token = await ebay.userToken();
    vi.setSystemTime(Date.now() + 7_201_000);
    const { status, body } = await ebay.call("GET", items, { token });
    expect(status).toBe(403);
    expect(body.errors[0]).toMatchObject({ errorId: 1100, domain: "ACCESS" });
  });

  it("ends when a test wants it to, and a refresh gives another", async () => {
    const token = await ebay.userToken();
    await ebay.simulator.expireTokens?.("acme");
    const { status, body } = await ebay.call("GET", items, { token });
    expect(status).toBe(403);
    expect(body.errors[0]).toMatchObject({ errorId: 1100 });
    expect((await ebay.call("GET", items, { token: await ebay.userToken() })).status).toBe(200);
  });

  it("once revoked, neither the access token nor the refresh token works", async () => {
    const token = await ebay.userToken();
    ebay.simulator.fault({ account: "acme", effect: { type: "revoke" } });
    expect((await ebay.call("GET", items, { token })).status).toBe(401);
    const form = { grant_type: "refresh_token", refresh_token: ebay.refreshToken, scope };
    expect(await ebay.token(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("access", () => {
  it("refuses a call without a token or with one it never made", async () => {
    expect((await ebay.call("GET", items)).status).toBe(401);
    expect((await ebay.call("GET", items, { token: "made-up" })).body.errors[0].errorId).toBe(1001);
  });

  it("refuses an application token on a seller's data", async () => {
    const token = await ebay.applicationToken();
    const { status, body } = await ebay.call("GET", items, { token });
    expect(status).toBe(403);
    expect(body.errors[0].errorId).toBe(1100);
  });

  it("shows each seller only their own listings", async () => {
    await ebay.simulator.addAccount({ account: "other", listings: [{ sku: "B", quantity: 1 }] });
    const { body } = await ebay.call("GET", items, { token: await ebay.userToken() });
    expect(body.inventoryItems.map(({ sku }: { sku: string }) => sku)).toEqual(["A"]);
  });

  it("answers the Identity API on apiz.ebay.com alone", async () => {
    const token = await ebay.userToken();
    const path = "/commerce/identity/v1/user/";
    const right = await ebay.call("GET", path, { token, headers: { "x-sim-host": "apiz.ebay.com" } });
    expect(right.body).toMatchObject({ username: "acme", registrationMarketplaceId: "EBAY_US" });
    expect((await ebay.call("GET", path, { token, headers: { "x-sim-host": "api.ebay.com" } })).status).toBe(404);
    expect((await ebay.call("GET", items, { token, headers: { "x-sim-host": "apiz.ebay.com" } })).status).toBe(404);
  });

  it("refuses a call over the day's limit with 2001 and no hint when to come back", async () => {
    await ebay.simulator.stop();
    ebay = await openEbay([{ sku: "A", quantity: 5 }], { scaleLimits: 0.0002 });
    const token = await ebay.userToken();
    for (let call = 1; call <= 20; call += 1) {
      expect((await ebay.call("GET", "/sell/fulfillment/v1/order", { token })).status).toBe(200);
    }
    const refused = await ebay.call("GET", "/sell/fulfillment/v1/order", { token });
    expect(refused.status).toBe(429);
    expect(refused.body.errors[0]).toMatchObject({ errorId: 2001, domain: "ACCESS" });
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(ebay.events("call").at(-1)).toMatchObject({ operation: "getOrders", status: 429, throttled: true });
    expect((await ebay.call("GET", items, { token })).status).toBe(200);
  });

  it("tells the same of a seller, to their token alone", async () => {
    const path = "/developer/analytics/v1_beta/user_rate_limit/?api_context=tradingapi&api_name=TradingAPI";
    const { body } = await ebay.call("GET", path, { token: await ebay.userToken() });
    expect(body.rateLimits[0].resources[0].rates).toMatchObject([{ limit: 5_000, timeWindow: 86_400 }]);
    expect((await ebay.call("GET", path, { token: await ebay.applicationToken() })).status).toBe(403);
  });

  it("tells through the Analytics API what is left and when it resets", async () => {
    const token = await ebay.userToken();
    await ebay.call("GET", items, { token });
    const path = "/developer/analytics/v1_beta/rate_limit/?api_context=sell&api_name=inventory";
    const { body } = await ebay.call("GET", path, { token: await ebay.applicationToken() });
    const [rate] = body.rateLimits[0].resources[0].rates;
    expect(rate).toMatchObject({ limit: 2_000_000, remaining: 1_999_999, timeWindow: 86_400 });
    expect(Date.parse(rate.reset)).toBeGreaterThan(Date.now());
  });
});
