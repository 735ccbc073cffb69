import type { ChannelSession } from "@lastunit/adapter-contract";
import nock from "nock";
import { describe, expect, it } from "vitest";
import { SELLER_SCOPES } from "./scopes.ts";
import {
  call,
  channelErrorOf,
  credentials,
  ebay,
  EBAY,
  listing,
  openSession,
  tokenAnswer,
  tokenEndpoint,
  useNock,
} from "./testing/harness.ts";

useNock();

const PUSH = "/sell/inventory/v1/bulk_update_price_quantity";
const accepted = { responses: [{ sku: "A", statusCode: 200 }] };
const update = { listing: listing("A", "o-1"), quantity: 3, expected: null, position: 1 };
const expired = { ...credentials, accessTokenExpiresAt: new Date(Date.now() - 1_000).toISOString() };
const invalidToken = {
  errors: [{ errorId: 1001, domain: "OAuth", category: "REQUEST", message: "Invalid access token" }],
};
const accessDenied = { errors: [{ errorId: 1100, domain: "ACCESS", category: "REQUEST", message: "Access denied" }] };

describe("the seller's token", () => {
  it("is renewed ahead of its end, with every scope, and kept with the old refresh token", async () => {
    tokenEndpoint((body) => {
      expect(body).toEqual({
        grant_type: "refresh_token",
        refresh_token: credentials.refreshToken,
        scope: SELLER_SCOPES.join(" "),
      });
      return true;
    })
      .basicAuth({ user: credentials.appId, pass: credentials.certId })
      .reply(200, tokenAnswer("access-two"));
    ebay("access-two").post(PUSH).reply(200, accepted);
    const soon = new Date(Date.now() + 60_000).toISOString();
    const { session, credentials: box } = openSession({ ...credentials, accessTokenExpiresAt: soon });

    await expect(session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);

    const stored = await box.read();
    expect(stored).toMatchObject({ accessToken: "access-two", refreshToken: credentials.refreshToken });
    expect(Date.parse(stored.accessTokenExpiresAt ?? "") - Date.now()).toBeGreaterThan(7_100_000);
  });

  it("is renewed once for calls that find it expired together", async () => {
    let renewals = 0;
    tokenEndpoint().reply(200, () => tokenAnswer(`renewed-${(renewals += 1)}`));
    ebay("renewed-1").post(PUSH).times(3).reply(200, accepted);
    const { session } = openSession(expired);
    await Promise.all([1, 2, 3].map(() => session.pushInventory([update], call())));
    expect(renewals).toBe(1);
  });

  it.each([
    ["401", 401, invalidToken],
    ["403 for access denied", 403, accessDenied],
    ["403, which the Inventory API gives for an expired token", 403, invalidToken],
  ])("is renewed once and the call repeated after a %s", async (_, status, body) => {
    ebay().post(PUSH).reply(status, body);
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    ebay("access-two").post(PUSH).reply(200, accepted);
    await expect(openSession().session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);
  });

  it("is not renewed again when another process has renewed it meanwhile", async () => {
    const { session, credentials: box } = openSession();
    ebay()
      .post(PUSH)
      .reply(401, () => {
        box.replace({ ...credentials, accessToken: "by-another" });
        return invalidToken;
      });
    ebay("by-another").post(PUSH).reply(200, accepted);
    await expect(session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);
  });

  it.each([
    [401, invalidToken],
    [403, accessDenied],
  ])("is given up when eBay refuses the renewed one too (%i)", async (status, body) => {
    ebay().post(PUSH).reply(status, body);
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    ebay("access-two").post(PUSH).reply(status, body);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()), "access-two");
    expect(error).toMatchObject({ failure: "unauthorized", httpStatus: status });
  });

  it.each(["invalid_grant", "invalid_scope", "invalid_client"])("says so when eBay answers %s", async (code) => {
    tokenEndpoint().reply(400, { error: code, error_description: "no longer valid" });
    const error = await channelErrorOf(openSession(expired).session.pushInventory([update], call()));
    expect(error).toMatchObject({ failure: "unauthorized", code });
  });

  it.each([
    ["503", 503, "<html></html>"],
    ["cut JSON, which must not pass as the old token", 200, '{"access_token":"acc'],
    ["an empty token", 200, tokenAnswer("")],
    ["no token", 200, { expires_in: 7_200 }],
  ])("stays as it was when the renewal is answered with %s", async (_, status, body) => {
    tokenEndpoint().reply(status, body);
    const { session, credentials: box } = openSession(expired);
    const error = await channelErrorOf(session.pushInventory([update], call()));
    expect(error.failure).toBe("unavailable");
    expect(await box.read()).toEqual(expired);
  });

  it("is the only one used for sell calls: no application token is ever asked for in its place", async () => {
    tokenEndpoint(/grant_type=refresh_token/).reply(400, { error: "invalid_grant" });
    const { accessToken: _, accessTokenExpiresAt: __, ...bare } = credentials;
    const error = await channelErrorOf(openSession(bare).session.pushInventory([update], call()));
    expect(error.code).toBe("invalid_grant");
  });
});

describe("a throttled bucket", () => {
  const tooMany = { errors: [{ errorId: 2001, domain: "ACCESS", category: "REQUEST", message: "Too many requests." }] };

  const path = "/developer/analytics/v1_beta";
  const inventory = { api_context: "sell", api_name: "inventory" };
  function answer(remaining: number, resetsInMs: number) {
    const reset = new Date(Date.now() + resetsInMs).toISOString();
    return { rateLimits: [{ resources: [{ rates: [{ limit: 2_000_000, remaining, reset, timeWindow: 86_400 }] }] }] };
  }

  /** What eBay says of the inventory bucket, asked as the application; of the seller's own it says nothing. */
  function quota(remaining: number, resetsInMs: number) {
    ebay("app-token").get(`${path}/rate_limit/`).query(inventory).reply(200, answer(remaining, resetsInMs));
    ebay().get(`${path}/user_rate_limit/`).query(inventory).reply(204, "");
  }

  async function throttledSession() {
    ebay().post(PUSH).reply(429, tooMany);
    const opened = openSession();
    expect(await channelErrorOf(opened.session.pushInventory([update], call()))).toMatchObject({
      failure: "rate_limited",
      retryAfterMs: undefined,
    });
    tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-token"));
    return opened;
  }

  it("is not called before its day begins anew, once eBay has said that it is spent", async () => {
    const { session, observed } = await throttledSession();
    quota(0, 600_000);
    const error = await channelErrorOf(session.pushInventory([update], call()), "app-token");
    expect(error).toMatchObject({ failure: "rate_limited", code: "day_spent" });
    expect(error.retryAfterMs).toBeGreaterThan(500_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(600_000);
    expect(observed).toMatchObject([{ bucket: "inventory", remaining: 0 }]);
  });

  it("is asked about at least hourly, for eBay may grant more", async () => {
    const { session } = await throttledSession();
    quota(0, 12 * 3_600_000);
    expect(await channelErrorOf(session.pushInventory([update], call()), "app-token")).toMatchObject({
      retryAfterMs: 3_600_000,
    });
    quota(0, 12 * 3_600_000);
    await channelErrorOf(session.pushInventory([update], call()), "app-token");
  });

  it("is not called where the seller's own calls are spent, though the application has some left", async () => {
    const { session } = await throttledSession();
    ebay("app-token").get(`${path}/rate_limit/`).query(inventory).reply(200, answer(9, 600_000));
    ebay().get(`${path}/user_rate_limit/`).query(inventory).reply(200, answer(0, 600_000));
    const error = await channelErrorOf(session.pushInventory([update], call()), "app-token");
    expect(error).toMatchObject({ failure: "rate_limited", code: "day_spent" });
  });

  it.each([
    ["has room, and is not asked about again", () => quota(9, 600_000)],
    [
      "can't be asked about",
      () => {
        ebay("app-token").get(`${path}/rate_limit/`).query(inventory).reply(500, "<html></html>");
        ebay().get(`${path}/user_rate_limit/`).query(inventory).reply(500, "<html></html>");
      },
    ],
  ])("is called again when it %s", async (_, asked) => {
    const { session } = await throttledSession();
    asked();
    ebay().post(PUSH).twice().reply(200, accepted);
    await expect(session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);
    await expect(session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);
  });

  it("is asked about once as each, though the Analytics API itself throttles", async () => {
    const { session } = await throttledSession();
    let asked = 0;
    nock(EBAY)
      .persist()
      .get(/rate_limit/)
      .reply(429, () => {
        asked += 1;
        if (asked > 10) throw new Error("it is asked without end");
        return tooMany;
      });
    ebay().post(PUSH).reply(200, accepted);
    await expect(session.pushInventory([update], call())).resolves.toEqual([{ status: "accepted" }]);
    expect(asked).toBe(2);
  });
});

describe("the application's token", () => {
  const config = "/commerce/notification/v1/config";
  const subscribing = (session: ChannelSession) =>
    channelErrorOf(Promise.resolve(session.subscribe?.("https://hub.example/x", call())), "app-token", "app-two");

  it("is minted once for as long as it lives: eBay gives a thousand a day", async () => {
    const { session } = openSession();
    tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-token"));
    ebay("app-token").get(config).twice().reply(503);
    expect(await subscribing(session)).toMatchObject({ failure: "unavailable" });
    expect(await subscribing(session)).toMatchObject({ failure: "unavailable" });
  });

  it("is minted once for calls that find it missing together", async () => {
    const { session } = openSession({ ...credentials, verificationToken: "t".repeat(40) });
    tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-token"));
    ebay("app-token").get(config).times(3).reply(503);
    const errors = await Promise.all([1, 2, 3].map(() => subscribing(session)));
    expect(errors.map(({ failure }) => failure)).toEqual(Array.from({ length: 3 }, () => "unavailable"));
  });

  it("is minted anew once eBay has refused it", async () => {
    const { session } = openSession();
    tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-token"));
    ebay("app-token").get(config).reply(401);
    expect(await subscribing(session)).toMatchObject({ failure: "unauthorized" });
    tokenEndpoint(/client_credentials/).reply(200, tokenAnswer("app-two"));
    ebay("app-two").get(config).reply(503);
    expect(await subscribing(session)).toMatchObject({ failure: "unavailable" });
  });
});
