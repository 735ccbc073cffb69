import nock from "nock";
import { describe, expect, it } from "vitest";
import { SELLER_SCOPES } from "./requests.ts";
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
const tooMany = {
  errors: [{ errorId: 2001, domain: "ACCESS", category: "REQUEST", message: "Too many requests." }],
};

describe("what an answer means", () => {
  it.each([
    ["429", 429, tooMany, {}, { failure: "rate_limited", code: "2001", retryAfterMs: undefined }],
    ["429 with Retry-After", 429, tooMany, { "retry-after": "2" }, { failure: "rate_limited", retryAfterMs: 2_000 }],
    ["429 of a proxy", 429, "slow down", {}, { failure: "rate_limited", code: "429" }],
    ["503 in HTML", 503, "<html>busy</html>", {}, { failure: "unavailable", code: "503", httpStatus: 503 }],
    ["25001", 500, { errors: [{ errorId: 25001, message: "System error" }] }, {}, { failure: "unavailable" }],
    ["25001 in a 400", 400, { errors: [{ errorId: 25001, message: "System" }] }, {}, { failure: "unavailable" }],
    ["400", 400, { errors: [{ errorId: 25709, message: "Bad" }] }, {}, { failure: "rejected", code: "25709" }],
    ["a proxy's 404", 404, { error: "Not Found" }, {}, { failure: "rejected", code: "404" }],
    ["a redirect", 302, "", { location: `${EBAY}/elsewhere` }, { failure: "unavailable", code: "302" }],
    ["cut JSON", 200, '{"responses":[{"sku":"A","sta', {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["HTML with 200", 200, "<html>hi</html>", {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["another shape", 200, { responses: [{ sku: "A" }] }, {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["errors in a 200", 200, { errors: [{ errorId: 25709, message: "Bad" }] }, {}, { failure: "rejected" }],
    ["a limit in a 200", 200, tooMany, {}, { failure: "rate_limited", code: "2001" }],
    ["eBay's own trouble in a 200", 200, { errors: [{ category: "APPLICATION" }] }, {}, { failure: "unavailable" }],
  ])("%s", async (_, status, body, headers, expected) => {
    ebay().post(PUSH).reply(status, body, headers);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()));
    expect(error).toMatchObject(expected);
  });

  it("takes a reset connection for unavailable, by its code", async () => {
    ebay()
      .post(PUSH)
      .replyWithError(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }));
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "ECONNRESET" });
  });

  it("gives up when the call's deadline passes", async () => {
    ebay().post(PUSH).delay(5_000).reply(200, accepted);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call(AbortSignal.timeout(50))));
    expect(error).toMatchObject({ failure: "unavailable", code: "timeout" });
    nock.abortPendingRequests();
  });

  it("gives eBay's words and code, without the request", async () => {
    ebay()
      .post(PUSH)
      .reply(400, { errors: [{ errorId: 25709, message: "short", longMessage: "Invalid value for quantity." }] });
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()));
    expect(error.message).toBe("25709: Invalid value for quantity.");
  });
});

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
    const { session, box } = openSession({ ...credentials, accessTokenExpiresAt: soon });

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
    const { session, box } = openSession();
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
    const { session, box } = openSession(expired);
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
