import { callToEnd } from "@lastunit/adapter-contract/nocked";
import nock from "nock";
import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  credentials,
  ebay,
  EBAY,
  listed,
  listing,
  openSession,
  tokenAnswer,
  tokenEndpoint,
  trading,
  tradingAnswer,
  tradingError,
  useNock,
} from "./testing/harness.ts";

useNock();

const PUSH = "/sell/inventory/v1/bulk_update_price_quantity";
const READ = "/sell/inventory/v1/bulk_get_inventory_item";
const update = { listing: listing("A", "o-1"), quantity: 3, expected: null, position: 1 };
const tooMany = { errors: [{ errorId: 2001, domain: "ACCESS", category: "REQUEST", message: "Too many requests." }] };

function reset() {
  return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
}

/** Every way a REST answer can be bad (ebay-api 10: what it makes of each is not what it means). */
describe("what an answer means", () => {
  const rows: [string, number, string | object, Record<string, string>, object][] = [
    ["429", 429, tooMany, {}, { failure: "rate_limited", code: "2001", retryAfterMs: undefined }],
    ["429 with Retry-After", 429, tooMany, { "retry-after": "2" }, { failure: "rate_limited", retryAfterMs: 2_000 }],
    ["429 of a proxy", 429, "slow down", {}, { failure: "rate_limited", code: "429" }],
    ["a limit in a 200", 200, tooMany, {}, { failure: "rate_limited", code: "2001" }],
    ["503 in HTML", 503, "<html>busy</html>", {}, { failure: "unavailable", code: "503", httpStatus: 503 }],
    ["403 in HTML", 403, "<HTML><TITLE>Access Denied</TITLE></HTML>", {}, { failure: "unavailable", code: "403" }],
    ["404 in HTML", 404, "<!DOCTYPE html><p>gone", {}, { failure: "unavailable", code: "404" }],
    ["400 in HTML", 400, "<html>too large</html>", {}, { failure: "unavailable", code: "400" }],
    ["429 in HTML", 429, "<html>slow down</html>", {}, { failure: "rate_limited", code: "429" }],
    ["25001", 500, { errors: [{ errorId: 25001, message: "System error" }] }, {}, { failure: "unavailable" }],
    ["25001 in a 400", 400, { errors: [{ errorId: 25001, message: "System" }] }, {}, { failure: "unavailable" }],
    ["a redirect", 302, "", { location: `${EBAY}/elsewhere` }, { failure: "unavailable", code: "302" }],
    ["cut JSON", 200, '{"responses":[{"sku":"A","sta', {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["HTML with 200", 200, "<html>hi</html>", {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["another shape", 200, { responses: [{ sku: "A" }] }, {}, { failure: "unavailable", code: "unreadable_answer" }],
    ["eBay's own trouble in a 200", 200, { errors: [{ category: "APPLICATION" }] }, {}, { failure: "unavailable" }],
    ["400", 400, { errors: [{ errorId: 25709, message: "Bad" }] }, {}, { failure: "rejected", code: "25709" }],
    ["errors in a 200", 200, { errors: [{ errorId: 25709, message: "Bad" }] }, {}, { failure: "rejected" }],
    ["a proxy's 404", 404, { error: "Not Found" }, {}, { failure: "rejected", code: "404" }],
  ];

  it.each(rows)("%s, of a read", async (_, status, body, headers, expected) => {
    ebay().post(READ).reply(status, body, headers);
    const error = await channelErrorOf(openSession().session.readInventory([listing("A", "o-1")], call()));
    expect(error).toMatchObject(expected);
  });

  const ofCalls = rows.filter(([, , , , { failure }]: [string, number, unknown, unknown, { failure?: string }]) => {
    return failure !== "rejected";
  });
  it.each(ofCalls)("%s, of a write", async (_, status, body, headers, expected) => {
    ebay().post(PUSH).reply(status, body, headers);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()));
    expect(error).toMatchObject(expected);
  });

  it("a reset connection is unavailable, by its code", async () => {
    ebay().post(PUSH).replyWithError(reset());
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "ECONNRESET" });
  });

  it("silence is unavailable once the call's deadline passes", async () => {
    const { call, passDeadline } = callToEnd();
    ebay().post(PUSH).delay(5_000).reply(200, { responses: [] }).once("request", passDeadline);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call));
    expect(error).toMatchObject({ failure: "unavailable", code: "timeout" });
    nock.abortPendingRequests();
  });

  it.each([
    ["401", 401, { errors: [{ errorId: 1001, domain: "OAuth", message: "Invalid access token" }] }, "1001"],
    ["403", 403, { errors: [{ errorId: 1100, domain: "ACCESS", message: "Access denied" }] }, "1100"],
  ])("a %s that outlives a renewal is unauthorized", async (_, status, body, code) => {
    ebay().post(PUSH).reply(status, body);
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    ebay("access-two").post(PUSH).reply(status, body);
    const error = await channelErrorOf(openSession().session.pushInventory([update], call()), "access-two");
    expect(error).toMatchObject({ failure: "unauthorized", code });
  });

  it("revoked: the token endpoint's invalid_grant is unauthorized", async () => {
    const expired = { ...credentials, accessTokenExpiresAt: new Date(Date.now() - 1_000).toISOString() };
    tokenEndpoint().reply(400, { error: "invalid_grant", error_description: "the token is revoked" });
    const error = await channelErrorOf(openSession(expired).session.pushInventory([update], call()));
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
  });

  it("an edge's page in place of a renewal is no word about the consent", async () => {
    const expired = { ...credentials, accessTokenExpiresAt: new Date(Date.now() - 1_000).toISOString() };
    tokenEndpoint().reply(403, "<html><title>Access Denied</title></html>");
    const error = await channelErrorOf(openSession(expired).session.pushInventory([update], call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "403" });
  });

  it("gives eBay's words and code, without the request", async () => {
    ebay()
      .post(READ)
      .reply(400, { errors: [{ errorId: 25709, message: "short", longMessage: "Invalid value for quantity." }] });
    const error = await channelErrorOf(openSession().session.readInventory([listing("A")], call()));
    expect(error.message).toBe("25709: Invalid value for quantity.");
  });

  it("keeps no more than 500 letters of what eBay says", async () => {
    ebay()
      .post(READ)
      .reply(400, { errors: [{ errorId: 25709, longMessage: "x".repeat(9_000) }] });
    const error = await channelErrorOf(openSession().session.readInventory([listing("A")], call()));
    expect(error.message.length).toBeLessThan(600);
  });
});

/** The Trading API answers 200 and says in the XML what became of the call; the package throws for `Failure` alone. */
describe("what a Trading answer means", () => {
  const failure = (...error: Parameters<typeof tradingError>) =>
    tradingAnswer("GetItem", tradingError(...error), "Failure");
  const whole = tradingAnswer("GetItem", "<Item><ItemID>110</ItemID><Quantity>12</Quantity></Item>");
  const unreadable = { failure: "unavailable", code: "unreadable_answer" };

  it.each<[string, number, string | object, object]>([
    ["the day's calls used up", 200, failure("518"), { failure: "rate_limited", code: "518" }],
    [
      "the day's calls used up, under another code",
      200,
      failure("21916000", "Your application has exceeded usage limit on this call."),
      { failure: "rate_limited", code: "21916000" },
    ],
    [
      "too many revisions within half a minute",
      200,
      failure("21919144"),
      { failure: "rate_limited", code: "21919144", retryAfterMs: 30_000 },
    ],
    ["a 429 of the gateway, in JSON", 429, tooMany, { failure: "rate_limited", code: "2001" }],
    ["503 in HTML", 503, "<html><p>busy</html>", { failure: "unavailable", code: "503" }],
    ["403 in HTML", 403, "<HTML><TITLE>Access Denied</TITLE></HTML>", { failure: "unavailable", code: "403" }],
    ["503 in no XML at all", 503, "<<<", { failure: "unavailable", code: "503" }],
    ["cut XML", 200, whole.slice(0, -40), unreadable],
    ["XML cut inside a number", 200, whole.slice(0, whole.indexOf("2</Quantity>")), unreadable],
    ["HTML with 200", 200, "<html>hi</html>", unreadable],
    ["JSON with 200", 200, { ok: true }, unreadable],
    ["another answer's shape", 200, tradingAnswer("GetItem", "<Item><ItemID>110</ItemID></Item>"), unreadable],
  ])("%s", async (_, status, body, expected) => {
    trading("GetItem").reply(status, body);
    const error = await channelErrorOf(openSession().session.readInventory([listed("110")], call()));
    expect(error).toMatchObject(expected);
  });

  it("eBay's own trouble with a write is unavailable", async () => {
    const trouble = tradingError("10007", "Internal error", "SystemError");
    trading("ReviseInventoryStatus").reply(200, tradingAnswer("ReviseInventoryStatus", trouble, "Failure"));
    const error = await channelErrorOf(
      openSession().session.pushInventory([{ ...update, listing: listed("110") }], call()),
    );
    expect(error).toMatchObject({ failure: "unavailable", code: "10007" });
  });

  it("a reset connection is unavailable", async () => {
    trading("GetItem").replyWithError(reset());
    const error = await channelErrorOf(openSession().session.readInventory([listed("110")], call()));
    expect(error).toMatchObject({ failure: "unavailable", code: "ECONNRESET" });
  });

  it.each(["930", "931", "932", "21916984", "21917053"])("a refused token is renewed once (%s)", async (code) => {
    trading("GetItem").reply(200, failure(code));
    tokenEndpoint().reply(200, tokenAnswer("access-two"));
    trading("GetItem", /./, "access-two").reply(200, failure(code));
    const reading = openSession().session.readInventory([listed("110")], call());
    expect(await channelErrorOf(reading, "access-two")).toMatchObject({ failure: "unauthorized", code });
  });
});
