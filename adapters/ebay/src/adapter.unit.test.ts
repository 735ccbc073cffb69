import nock from "nock";
import { describe, expect, it } from "vitest";
import { createOutbound, type PaceLimit } from "@lastunit/adapter-contract";
import { ebayAdapter } from "./adapter.ts";
import { EbayCredentials, EbaySettings } from "./connection.ts";
import { limits } from "./client.ts";
import { mintApplicationToken } from "./requests.ts";
import {
  call,
  credentials,
  EBAY,
  ebay,
  log,
  openSession,
  tokenAnswer,
  tokenEndpoint,
  useNock,
} from "./testing/harness.ts";

useNock();

function daily({ perSecond, burst }: PaceLimit): number {
  return perSecond * 86_400 + burst;
}

describe("connecting", () => {
  it.each([
    ["acme", "acme"],
    ["Acme_Outlet.2", "acme-outlet-2"],
    ["-the_*shop*-", "the-shop"],
  ])("names the channel after the seller: %s", (seller, account) => {
    expect(ebayAdapter.accountOf(EbaySettings.parse({ seller }))).toBe(account);
  });

  it.each([{}, { seller: "__" }, { seller: "acme", marketplaceId: "EBAY_MARS" }])("refuses settings %j", (settings) => {
    expect(EbaySettings.safeParse(settings).success).toBe(false);
  });

  it("refuses a verification token eBay would not take", () => {
    for (const verificationToken of ["short", "x".repeat(81), `${"x".repeat(40)}!`]) {
      expect(EbayCredentials.safeParse({ ...credentials, verificationToken }).success).toBe(false);
    }
  });

  it("asks only for values that credentials or settings keep, the secret ones masked", () => {
    for (const { name, sensitive } of ebayAdapter.fields) {
      expect(Object.keys(sensitive ? EbayCredentials.shape : EbaySettings.shape)).toContain(name);
    }
  });

  it("never lets a day's calls pass eBay's number for the day", () => {
    expect(daily(limits.inventory)).toBeLessThanOrEqual(2_000_000);
    expect(daily(limits.fulfillment)).toBeLessThanOrEqual(100_000);
    expect(daily(limits.notification)).toBeLessThanOrEqual(10_000);
    expect(daily(limits.trading)).toBeLessThanOrEqual(5_000);
  });
});

describe("checking a connection", () => {
  const items = "/sell/inventory/v1/inventory_item?limit=1";
  const orders = "/sell/fulfillment/v1/order?limit=1";
  const refused = { errors: [{ errorId: 1100, domain: "ACCESS", message: "Insufficient permissions" }] };

  function grantsBothRights() {
    ebay().get(items).reply(200, { total: 3 });
    ebay().get(orders).reply(200, { total: 0 });
  }

  function namesTheSeller(status: number, body: object) {
    nock("https://apiz.ebay.com").get("/commerce/identity/v1/user/").reply(status, body);
  }

  function outOfStockControl(status: number, preference = "") {
    const answer = `<?xml version="1.0" encoding="UTF-8"?><GetUserPreferencesResponse xmlns="urn:ebay:apis:eBLBaseComponents">
      <Ack>Success</Ack>${preference}</GetUserPreferencesResponse>`;
    nock(EBAY, {
      reqheaders: {
        "x-ebay-api-call-name": "GetUserPreferences",
        "x-ebay-api-iaf-token": credentials.accessToken,
      },
    })
      .post("/ws/api.dll", /<ShowOutOfStockControlPreference>true</)
      .reply(status, answer, { "content-type": "text/xml" });
  }

  it("proves each right and names the seller as eBay does", async () => {
    grantsBothRights();
    namesTheSeller(200, { username: "Acme_Outlet" });
    outOfStockControl(200, "<OutOfStockControlPreference>true</OutOfStockControlPreference>");
    await expect(openSession().session.check(call())).resolves.toEqual({
      ok: true,
      account: "Acme_Outlet",
      problems: [],
    });
  });

  it("warns where a listing would end at quantity 0", async () => {
    grantsBothRights();
    namesTheSeller(200, { username: "acme" });
    outOfStockControl(200, "<OutOfStockControlPreference>false</OutOfStockControlPreference>");
    const report = await openSession().session.check(call());
    expect(report).toMatchObject({ ok: false, problems: [expect.stringContaining("Out-of-stock control is off")] });
  });

  it.each([404, 200])("passes without what eBay does not tell: name and preferences (%i)", async (status) => {
    grantsBothRights();
    namesTheSeller(status, {});
    outOfStockControl(status);
    await expect(openSession().session.check(call())).resolves.toEqual({ ok: true, account: "acme", problems: [] });
  });

  it("names the missing scope", async () => {
    ebay().get(items).reply(200, { total: 3 });
    ebay().get(orders).reply(403, refused);
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    ebay("access-two").get(orders).reply(403, refused);
    const report = await openSession().session.check(call());
    expect(report.ok).toBe(false);
    expect(report.problems).toEqual([expect.stringContaining("consent again with the scope sell.fulfillment")]);
  });

  it("names a dead refresh token once", async () => {
    const { accessToken: _, ...expired } = credentials;
    tokenEndpoint().twice().reply(400, { error: "invalid_grant" });
    const report = await openSession(expired).session.check(call());
    expect(report.problems).toEqual([expect.stringContaining("refuses the refresh token")]);
  });

  it("is not a verdict while eBay is down", async () => {
    ebay().get(items).reply(503);
    await expect(openSession().session.check(call())).rejects.toMatchObject({ failure: "unavailable" });
  });
});

describe("in development", () => {
  it("sends every call, tokens included, to the given loopback address with the true host beside it", async () => {
    nock("http://127.0.0.1:5003", { reqheaders: { "x-sim-host": "api.ebay.com" } })
      .post("/identity/v1/oauth2/token")
      .reply(200, tokenAnswer("app-token"));
    const outbound = createOutbound({ endpoints: { ebay: new URL("http://127.0.0.1:5003") }, log });
    const settings = EbaySettings.parse({ seller: "acme" });
    const minted = await mintApplicationToken({ credentials, settings, outbound, signal: call().signal });
    expect(minted.accessToken).toBe("app-token");
  });
});
