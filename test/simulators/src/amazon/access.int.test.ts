import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Simulator } from "../simulator.ts";
import { amazonClient, firstError } from "../testing/amazon-client.ts";
import { startAmazonSimulator } from "./index.ts";

let simulator: Simulator;
let seller: ReturnType<typeof amazonClient>;

const listings = [{ sku: "A", quantity: 5 }];
async function begin(options: { scaleLimits?: number } = {}) {
  simulator = await startAmazonSimulator({ seed: 1, ...options });
  seller = amazonClient(simulator, await simulator.addAccount({ account: "acme", listings }));
}

beforeEach(async () => {
  // A clock that stands still: no limit refills unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  await begin();
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
});

const PARTICIPATIONS = "/sellers/v1/marketplaceParticipations";
const item = (sku = "A") => `/listings/2021-08-01/items/${seller.sellerId}/${sku}?marketplaceIds=ATVPDKIKX0DER`;

describe("Login with Amazon", () => {
  it("gives an access token for an hour and the same refresh token back", async () => {
    const { status, body } = await seller.token();
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^Atza\|/u),
        expires_in: 3_600,
        refresh_token: expect.stringMatching(/^Atzr\|/u),
      },
    });
    expect((await seller.token()).body["refresh_token"]).toBe(body["refresh_token"]);
  });

  it("refuses a wrong secret, a wrong refresh token, an unknown grant and an unknown scope", async () => {
    expect(await seller.token({ client_secret: "x" })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    expect(await seller.token({ refresh_token: "Atzr|x" })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
    expect((await seller.token({ grant_type: "password" })).body["error"]).toBe("unsupported_grant_type");
    expect((await seller.token({ grant_type: "client_credentials", scope: "all" })).body["error"]).toBe(
      "invalid_scope",
    );
  });

  const DAY_MS = 24 * 3_600_000;

  it("takes a client secret for 180 days", async () => {
    const made = Date.now();
    vi.setSystemTime(made + 179 * DAY_MS);
    expect((await seller.token()).status).toBe(200);
    vi.setSystemTime(made + 181 * DAY_MS);
    expect(await seller.token()).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  it("lives on api.amazon.com only", async () => {
    const headers = { "x-sim-host": "sellingpartnerapi-na.amazon.com" };
    expect((await fetch(`${simulator.url}/auth/o2/token`, { method: "POST", headers })).status).toBe(404);
  });
});

describe("the consent page of Seller Central", () => {
  const consent = (more: { readonly [name: string]: string } = {}, host = "sellercentral.amazon.com") => {
    const { applicationId = "" } = seller.settings;
    const query = {
      application_id: applicationId,
      state: "s-1",
      redirect_uri: "https://hub.example/back?a=1",
      ...more,
    };
    const path = `/apps/authorize/consent?${new URLSearchParams(query).toString()}`;
    return fetch(simulator.url + path, { headers: { "x-sim-host": host }, redirect: "manual" });
  };
  const sentBack = async (more: { readonly [name: string]: string } = {}) =>
    new URL((await consent(more)).headers.get("location") ?? "").searchParams;
  const exchange = (code: string | null) => seller.token({ grant_type: "authorization_code", code: code ?? "" });

  it("sends the browser back with the state, the seller and a code that buys a refresh token once", async () => {
    const back = await sentBack();
    expect(Object.fromEntries(back)).toMatchObject({ a: "1", state: "s-1", selling_partner_id: seller.sellerId });
    const code = back.get("spapi_oauth_code");
    expect(await exchange(code)).toMatchObject({
      status: 200,
      body: { refresh_token: expect.stringMatching(/^Atzr\|/u), access_token: expect.stringMatching(/^Atza\|/u) },
    });
    expect(await exchange(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("gives a code that is good for five minutes", async () => {
    const code = (await sentBack()).get("spapi_oauth_code");
    vi.setSystemTime(Date.now() + 5 * 60_000);
    expect((await exchange(code)).body["error"]).toBe("invalid_grant");
  });

  it("authorizes anew after a revocation, by another refresh token", async () => {
    simulator.fault({ operation: "getMarketplaceParticipations", effect: { type: "revoke" } });
    await seller.call("GET", PARTICIPATIONS);
    const { body } = await exchange((await sentBack()).get("spapi_oauth_code"));
    expect((await seller.token()).status).toBe(400);
    expect((await seller.token({ refresh_token: String(body["refresh_token"]) })).status).toBe(200);
  });

  it("brings no code back when the seller declines", async () => {
    expect(Object.fromEntries(await sentBack({ sim_decision: "decline" }))).toEqual({ a: "1", state: "s-1" });
  });

  it("refuses an unknown app, a missing state and nowhere to go back to, and is on no other host", async () => {
    const statuses = [
      (await consent({ application_id: "amzn1.sp.solution.other" })).status,
      (await consent({ state: "" })).status,
      (await consent({ redirect_uri: "back" })).status,
      (await consent({}, "sellingpartnerapi-na.amazon.com")).status,
    ];
    expect(statuses).toEqual([400, 400, 400, 404]);
  });
});

describe("an access token", () => {
  it("opens the seller's own data", async () => {
    const { status, body } = await seller.call("GET", PARTICIPATIONS);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { payload: [{ marketplace: { id: "ATVPDKIKX0DER" } }] },
    });
  });

  it("is said to be expired after an hour", async () => {
    await seller.call("GET", PARTICIPATIONS);
    vi.setSystemTime(Date.now() + 3_600_000);
    const answer = await seller.call("GET", PARTICIPATIONS);
    expect(answer.status).toBe(403);
    expect(firstError(answer)).toMatchObject({
      code: "Unauthorized",
      details: expect.stringMatching(/access token.*expired/u),
    });
  });

  it("is refused when missing or made up", async () => {
    const headers = { "x-sim-host": "sellingpartnerapi-na.amazon.com" };
    expect((await fetch(simulator.url + PARTICIPATIONS, { headers })).status).toBe(403);
    expect(await seller.call("GET", PARTICIPATIONS, undefined, { "x-amz-access-token": "Atza|x" })).toMatchObject({
      status: 403,
    });
  });

  it("does not open another region, another seller or a role that was not granted", async () => {
    const elsewhere = { "x-sim-host": "sellingpartnerapi-eu.amazon.com" };
    expect((await seller.call("GET", PARTICIPATIONS, undefined, elsewhere)).status).toBe(403);
    expect((await seller.call("GET", item().replace(seller.sellerId, "AOTHER"))).status).toBe(403);
    const permissions = ["Inventory and Order Tracking"];
    const narrow = amazonClient(simulator, await simulator.addAccount({ account: "narrow", listings, permissions }));
    expect((await narrow.call("GET", item().replace(seller.sellerId, narrow.sellerId))).status).toBe(403);
    expect((await narrow.call("GET", PARTICIPATIONS)).status).toBe(200);
  });

  it("of the app itself opens grantless operations, and only those", async () => {
    const own = { "x-amz-access-token": await seller.grantless() };
    expect((await seller.call("GET", "/notifications/v1/destinations", undefined, own)).status).toBe(200);
    expect((await seller.call("GET", "/notifications/v1/destinations")).status).toBe(403);
    expect((await seller.call("GET", PARTICIPATIONS, undefined, own)).status).toBe(403);
  });

  it("is dead for good once revoked, and the refresh token with it", async () => {
    simulator.fault({ operation: "getMarketplaceParticipations", effect: { type: "revoke" } });
    expect((await seller.call("GET", PARTICIPATIONS)).status).toBe(403);
    expect(await seller.token()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("usage plans", () => {
  it("allow the burst and refuse one more with QuotaExceeded, telling the rate but no time to wait", async () => {
    await simulator.stop();
    await begin({ scaleLimits: 0.2 });
    const statuses = [(await seller.call("GET", item())).status, (await seller.call("GET", item())).status];
    const refused = await seller.call("GET", item());
    expect([...statuses, refused.status]).toEqual([200, 200, 429]);
    expect(firstError(refused)).toMatchObject({ code: "QuotaExceeded" });
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(simulator.history("acme").at(-1)).toMatchObject({
      operation: "getListingsItem",
      status: 429,
      throttled: true,
    });
  });

  it("tell the operation's own rate in x-amzn-RateLimit-Limit", async () => {
    expect((await seller.call("GET", item())).headers.get("x-amzn-ratelimit-limit")).toBe("5.0");
    expect((await seller.call("GET", PARTICIPATIONS)).headers.get("x-amzn-ratelimit-limit")).toBe("0.016");
  });

  it("count for each operation and each seller on their own", async () => {
    await simulator.stop();
    await begin({ scaleLimits: 0.1 });
    expect((await seller.call("GET", item())).status).toBe(200);
    expect((await seller.call("GET", item())).status).toBe(429);
    expect((await seller.call("GET", PARTICIPATIONS)).status).toBe(200);
    const other = amazonClient(simulator, await simulator.addAccount({ account: "other", listings }));
    expect((await other.call("GET", item().replace(seller.sellerId, other.sellerId))).status).toBe(200);
  });
});
