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

  it.each([
    ["appId", "Lastunit-hub-SBX-1234abcd-5678efab"],
    ["certId", "SBX-1234abcd5678"],
  ])("refuses the %s of a sandbox keyset, and says so", (field, value) => {
    const { error } = EbayCredentials.safeParse({ ...credentials, [field]: value });
    expect(error?.issues).toMatchObject([{ path: [field], message: expect.stringContaining("sandbox keyset (SBX)") }]);
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

describe("a channel that is connected again", () => {
  const verificationToken = "made-here".repeat(5);

  it("goes on answering eBay's challenges by the verification token it had, unless it is given another", () => {
    const given = { ...credentials, refreshToken: "consent-2" };
    const stored = { ...credentials, verificationToken, accessToken: "access-old" };
    expect(ebayAdapter.carryOver?.(given, stored)).toEqual({ ...given, verificationToken });
    const chosen = { ...given, verificationToken: "chosen".repeat(7) };
    expect(ebayAdapter.carryOver?.(chosen, stored)).toEqual(chosen);
  });

  it("knows the end of a consent that stays the same, and not of another", () => {
    const stored = { ...credentials, refreshTokenExpiresAt: "2027-05-01T00:00:00.000Z" };
    const endOf = (given: object) =>
      ebayAdapter.carryOver?.({ ...credentials, ...given }, stored).refreshTokenExpiresAt;
    expect(endOf({})).toBe("2027-05-01T00:00:00.000Z");
    expect(endOf({ refreshToken: "consent-2" })).toBeUndefined();
    const agreedAgain = { refreshToken: "consent-2", refreshTokenExpiresAt: "2028-05-01T00:00:00.000Z" };
    expect(endOf(agreedAgain)).toBe("2028-05-01T00:00:00.000Z");
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
