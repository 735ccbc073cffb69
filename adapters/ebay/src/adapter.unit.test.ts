import nock from "nock";
import { describe, expect, it } from "vitest";
import { createOutbound, type PaceLimit } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { ebayAdapter } from "./adapter.ts";
import { EbayCredentials, EbaySettings } from "./connection.ts";
import { limits } from "./limits.ts";
import { mintApplicationToken } from "./requests.ts";
import { call, credentials, tokenAnswer, useNock } from "./testing/harness.ts";

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
    for (const { name, sensitive, part } of ebayAdapter.fields) {
      expect(part).toBe(sensitive ? "credentials" : "settings");
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

describe("in development", () => {
  it("sends every call, tokens included, to the given loopback address with the true host beside it", async () => {
    nock("http://127.0.0.1:5003", { reqheaders: { "x-sim-host": "api.ebay.com" } })
      .post("/identity/v1/oauth2/token")
      .reply(200, tokenAnswer("app-token"));
    const outbound = createOutbound({
      endpoints: { ebay: new URL("http://127.0.0.1:5003") },
      log: createLogger({ level: "silent", name: "test" }),
    });
    const settings = EbaySettings.parse({ seller: "acme" });
    const minted = await mintApplicationToken({ credentials, settings, outbound, signal: call().signal });
    expect(minted.accessToken).toBe("app-token");
  });
});
