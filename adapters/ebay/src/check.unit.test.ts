import nock from "nock";
import { describe, expect, it } from "vitest";
import { paceOf } from "./limits.ts";
import { SELLER_SCOPES } from "./scopes.ts";
import {
  call,
  credentials,
  ebay,
  openSession,
  tokenAnswer,
  tokenEndpoint,
  trading,
  tradingAnswer,
  useNock,
} from "./testing/harness.ts";

useNock();

const items = "/sell/inventory/v1/inventory_item?limit=1";
const orders = "/sell/fulfillment/v1/order?limit=1";
const refused = { errors: [{ errorId: 1100, domain: "ACCESS", message: "Insufficient permissions" }] };
const expired = { ...credentials, accessTokenExpiresAt: new Date(Date.now() - 1_000).toISOString() };

function grantsBothRights() {
  ebay().get(items).reply(200, { total: 3 });
  ebay().get(orders).reply(200, { total: 0 });
}

/** The quotas of the four buckets, each by one call as the application and one as the seller. */
function tellsQuotas(status = 200, limit = 5_000, ofSeller?: { limit: number; remaining: number }) {
  const reset = new Date(Date.now() + 3_600_000).toISOString();
  const rates = [
    { limit, remaining: 100, reset, timeWindow: 86_400 },
    { limit, remaining: 4_000, reset, timeWindow: 86_400 },
    { limit: 9, remaining: 0, reset, timeWindow: 60 },
  ];
  const resources = [
    { name: "GetItem", rates },
    { name: "AddItem", rates: [{ limit: 50, remaining: 1, reset, timeWindow: 86_400 }] },
  ];
  tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-token"));
  ebay("app-token")
    .get("/developer/analytics/v1_beta/rate_limit/")
    .query(true)
    .times(4)
    .reply(status, status === 200 ? { rateLimits: [{ resources }] } : "");
  const sellers = [{ name: "GetItem", rates: [{ ...ofSeller, reset, timeWindow: 86_400 }] }];
  ebay()
    .get("/developer/analytics/v1_beta/user_rate_limit/")
    .query(true)
    .times(4)
    .reply(ofSeller ? 200 : 204, ofSeller ? { rateLimits: [{ resources: sellers }] } : "");
}

function namesTheSeller(status: number, body: object) {
  nock("https://apiz.ebay.com").get("/commerce/identity/v1/user/").reply(status, body);
}

function outOfStockControl(status: number, preference = "") {
  trading("GetUserPreferences", /<ShowOutOfStockControlPreference>true</).reply(
    status,
    tradingAnswer("GetUserPreferences", preference),
  );
}

function isOn() {
  outOfStockControl(200, "<OutOfStockControlPreference>true</OutOfStockControlPreference>");
}

describe("checking a connection", () => {
  it("proves each right and names the seller as eBay does", async () => {
    grantsBothRights();
    tellsQuotas();
    namesTheSeller(200, { username: "ACME" });
    isOn();
    const report = await openSession().session.check(call());
    expect(report).toEqual({ ok: true, account: "ACME", problems: [], renewBy: null });
  });

  it("tells when the seller must consent again, where eBay has told", async () => {
    const refreshTokenExpiresAt = "2028-05-21T21:00:00.000Z";
    grantsBothRights();
    tellsQuotas();
    namesTheSeller(200, { username: "acme" });
    isOn();
    const { renewBy } = await openSession({ ...credentials, refreshTokenExpiresAt }).session.check(call());
    expect(renewBy).toEqual({ at: refreshTokenExpiresAt, what: expect.stringContaining("connect eBay again") });
  });

  it("paces from now on by what eBay grants and has left, by the tightest daily limit of a call we make", async () => {
    grantsBothRights();
    tellsQuotas(200, 6_000);
    namesTheSeller(200, { username: "acme" });
    isOn();
    const { session, observed } = openSession();
    await session.check(call());
    expect(observed.map(({ bucket }) => bucket)).toEqual(["inventory", "fulfillment", "trading", "notification"]);
    // A fifth over the default of 5,000: the burst too, and the rate of what the burst leaves of the day.
    const perSecond = (6_000 - 600) / 86_400;
    expect(observed[2]).toEqual({ bucket: "trading", burst: 600, perSecond, remaining: 100 });
  });

  it("keeps below 1,200 revisions in half a minute, which eBay takes of a seller at the highest day's limit too", () => {
    const { burst, perSecond } = paceOf("trading", {
      limit: 1_400_000,
      remaining: 9,
      resetsAt: "2026-11-22T08:00:00Z",
    });
    expect(burst + 30 * perSecond).toBeLessThan(1_200);
  });

  it("paces by the seller's own limit where that is the tighter one", async () => {
    grantsBothRights();
    tellsQuotas(200, 10_000, { limit: 5_000, remaining: 99 });
    namesTheSeller(200, { username: "acme" });
    isOn();
    const { session, observed } = openSession();
    await session.check(call());
    expect(observed[2]).toMatchObject({ bucket: "trading", burst: 500, remaining: 99 });
  });

  it("warns where a listing would end at quantity 0", async () => {
    grantsBothRights();
    tellsQuotas();
    namesTheSeller(200, { username: "acme" });
    outOfStockControl(200, "<OutOfStockControlPreference>false</OutOfStockControlPreference>");
    const report = await openSession().session.check(call());
    expect(report).toMatchObject({ ok: false, problems: [expect.stringContaining("Out-of-stock control is off")] });
  });

  it("finds that the consent is another seller's", async () => {
    grantsBothRights();
    tellsQuotas();
    namesTheSeller(200, { username: "beta" });
    isOn();
    const report = await openSession().session.check(call());
    expect(report).toMatchObject({ ok: false, account: "beta", problems: [expect.stringContaining("is of beta")] });
  });

  it.each([404, 204])("passes without what eBay does not tell: quotas, name, preferences (%i)", async (status) => {
    grantsBothRights();
    tellsQuotas(status);
    namesTheSeller(status === 204 ? 200 : status, {});
    outOfStockControl(200);
    const report = await openSession().session.check(call());
    expect(report).toEqual({ ok: true, account: "acme", problems: [], renewBy: null });
  });

  it("names the right that a token lacks", async () => {
    ebay().get(items).reply(200, { total: 3 });
    ebay().get(orders).reply(403, refused);
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    ebay("access-two").get(orders).reply(403, refused);
    const report = await openSession().session.check(call());
    expect(report.ok).toBe(false);
    expect(report.problems).toEqual([expect.stringContaining("consent again with the scope sell.fulfillment")]);
  });

  it("names exactly the scopes the consent lacks, which eBay does not", async () => {
    const lacking = SELLER_SCOPES.slice(2, 4);
    const form = (scope: string) => (body: { scope?: string }) => body.scope === scope;
    tokenEndpoint(form(SELLER_SCOPES.join(" ")))
      .twice()
      .reply(400, { error: "invalid_scope" });
    for (const scope of SELLER_SCOPES) {
      const answer = lacking.includes(scope) ? { error: "invalid_scope" } : tokenAnswer("part");
      // Asked once for each of the two rights that could not be proven.
      tokenEndpoint(form(scope))
        .twice()
        .reply(lacking.includes(scope) ? 400 : 200, answer);
    }
    const report = await openSession(expired).session.check(call());
    expect(report.problems).toEqual([expect.stringContaining(`lacks ${lacking.join(" and ")}:`)]);
  });

  it.each([
    ["invalid_grant", "refuses the refresh token"],
    ["invalid_client", "same production keyset"],
  ])("names what the token endpoint refuses once (%s)", async (error, words) => {
    tokenEndpoint()
      .twice()
      .reply(error === "invalid_client" ? 401 : 400, { error });
    const report = await openSession(expired).session.check(call());
    expect(report.problems).toEqual([expect.stringContaining(words)]);
  });

  it("is not a verdict while eBay is down", async () => {
    ebay().get(items).reply(503);
    await expect(openSession().session.check(call())).rejects.toMatchObject({ failure: "unavailable" });
  });
});
