import { Readable } from "node:stream";
import { outOfCalls, type Pacer } from "@lastunit/adapter-contract";
import { callToEnd, useNock } from "@lastunit/adapter-contract/nocked";
import { afterEach, describe, expect, it, vi } from "vitest";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import {
  amazon,
  channelErrorOf,
  connect,
  errors,
  ITEMS,
  listing,
  login,
  MARKETPLACE,
  quotaExceeded,
  SELLER,
  tokenExpired,
} from "./testing/harness.ts";

/** One over five a second, and up to half as much again. */
const isWait = (ms: number) => ms >= 200 && ms <= 300;
const after = "2026-11-20T10:00:00.000Z";
/** What Login with Amazon is told of the app. */
const app = { client_id: "amzn1.application-oa2-client.1", client_secret: "amzn1.oa2-cs.v1.secret" };
const noItems = { numberOfResults: 0, pagination: {}, items: [] };
const search = (token?: string) => amazon(token).get(ITEMS).query(true);
const read = (session: ReturnType<typeof connect>["session"]) => session.readInventory([listing("CAP")], callWithin());

/** A notification that leaves the order to be read. */
const halfTold = {
  deliveryId: "1",
  topic: "ORDER_CHANGE",
  headers: {},
  receivedAt: after,
  body: Buffer.from(
    JSON.stringify({
      NotificationType: "ORDER_CHANGE",
      NotificationMetadata: { NotificationId: "1" },
      Payload: {
        OrderChangeNotification: {
          NotificationLevel: "OrderItemLevel",
          SellerId: SELLER,
          AmazonOrderId: "1",
          Summary: { MarketplaceId: MARKETPLACE, FulfillmentType: "MFN" },
        },
      },
    }),
  ),
};

describe("the client", () => {
  useNock();
  afterEach(() => void vi.useRealTimers());

  // The answers of dependencies a client must tell apart; silence, a reset and a revoked token have cases of their own.
  it.each([
    [
      "429",
      429,
      quotaExceeded,
      { failure: "rate_limited", code: "QuotaExceeded", retryAfterMs: expect.toSatisfy(isWait) },
    ],
    ["503 with an HTML page", 503, "<html>busy</html>", { failure: "unavailable", httpStatus: 503 }],
    ["500 with no error list", 500, { message: "boom" }, { failure: "unavailable", httpStatus: 500 }],
    ["401", 401, errors("Unauthorized", "Access denied."), { failure: "unauthorized", code: "Unauthorized" }],
    ["403 for a missing role", 403, errors("Unauthorized", "Access denied."), { failure: "unauthorized" }],
    ["400", 400, errors("InvalidInput", "Invalid input"), { failure: "rejected", code: "InvalidInput" }],
    ["200 with cut JSON", 200, '{"items":[{"sku":', { failure: "unavailable", code: "unreadable_answer" }],
    ["200 with errors", 200, errors("InternalFailure", "Try again."), { failure: "unavailable" }],
    [
      "200 with a throttle in it",
      200,
      quotaExceeded,
      { failure: "rate_limited", retryAfterMs: expect.toSatisfy(isWait) },
    ],
    ["200 with an HTML page", 200, "<html>hello</html>", { failure: "unavailable", code: "unreadable_answer" }],
    ["413", 413, errors("RequestTooLarge", "Too large"), { failure: "rejected" }],
    [
      "403 that shuts out a client that went on against 429",
      403,
      errors("Unauthorized", "Access to requested resource is forbidden"),
      { failure: "rate_limited", retryAfterMs: 60_000 },
    ],
  ])("classifies an answer by its status: %s", async (_name, status, body, expected) => {
    search().reply(status, body);
    expect(await channelErrorOf(read(connect().session))).toMatchObject(expected);
  });

  it("calls a reset connection unavailable, and tries it once only", async () => {
    search().replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    expect(await channelErrorOf(read(connect().session))).toMatchObject({ failure: "unavailable", code: "ECONNRESET" });
  });

  it("ends a call that gets no answer when its deadline passes", async () => {
    const { call, passDeadline } = callToEnd();
    search().delay(20_000).reply(200, noItems).once("request", passDeadline);
    const error = await channelErrorOf(connect().session.readInventory([listing("CAP")], call));
    expect(error).toMatchObject({ failure: "unavailable", code: "timeout" });
  });

  it("waits after a throttle as long as the seller's own rate says, and tells the pacer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    search().reply(429, quotaExceeded, { "x-amzn-RateLimit-Limit": "2.0" });
    const { session, observed } = connect();
    const { retryAfterMs } = await channelErrorOf(read(session));
    expect(retryAfterMs).toSatisfy((ms: number) => ms >= 500 && ms <= 750);
    const refillsAt = Date.now() + (retryAfterMs ?? NaN);
    expect(observed).toEqual([{ bucket: "searchListingsItems", perSecond: 2, remaining: 0, refillsAt }]);
  });

  it("learns the seller's own rate from any answer that tells it", async () => {
    search().reply(200, noItems, { "x-amzn-RateLimit-Limit": "0.5" });
    search().reply(200, noItems);
    const { session, observed } = connect();
    await read(session);
    await read(session);
    expect(observed).toEqual([{ bucket: "searchListingsItems", perSecond: 0.5 }]);
  });

  it("parses each answer once: a page of orders is long", async () => {
    const parse = vi.spyOn(JSON, "parse");
    const timesOf = (text: string) => parse.mock.calls.filter(([parsed]) => parsed === text).length;
    const page = JSON.stringify({ ...noItems, items: [{ sku: "CAP" }] });
    search().reply(200, page);
    await read(connect().session);
    const refusal = JSON.stringify(errors("Unauthorized", "Access denied."));
    search().reply(403, refusal);
    await channelErrorOf(read(connect().session));
    expect([timesOf(page), timesOf(refusal)]).toEqual([1, 1]);
    parse.mockRestore();
  });

  it("tells how long Amazon takes no calls, when that is why none is made", async () => {
    const pacer: Pacer = { spend: () => Promise.reject(outOfCalls(60_000)), observe: () => undefined };
    const { session } = connect({ pacer });
    await expect(read(session)).rejects.toMatchObject({ failure: "rate_limited", retryAfterMs: 60_000 });
  });

  it.each(["na", "eu", "fe"] as const)(
    "calls Amazon at the host of the region %s, and one login for all",
    async (region) => {
      login().reply(200, { access_token: "Atza|token-2", expires_in: 3_600 });
      amazon("Atza|token-2", region).get(ITEMS).query(true).reply(200, noItems);
      const { session } = connect({ settings: { region }, credentials: { accessToken: undefined } });
      expect(await read(session)).toMatchObject([{ status: "missing" }]);
    },
  );

  it("asks for no data of buyers, and shows the seller's own token alone, never one that would open it", async () => {
    const includedData = "FULFILLMENT,CANCELLATION";
    const order = { orderId: "1", createdTime: after, fulfillment: { fulfillmentStatus: "SHIPPED" } };
    amazon()
      .get("/orders/2026-01-01/orders")
      .query((query) => query["includedData"] === includedData)
      .reply(200, { orders: [order] });
    amazon().get("/orders/2026-01-01/orders/1").query({ includedData }).reply(200, { order });
    const { session } = connect();
    expect((await session.pollOrders(new Date(), callWithin())).orders).toHaveLength(1);
    expect((await session.normalize(halfTold, callWithin())).orders).toHaveLength(1);
  });

  it("spends imports and polls in the background, and reads for it when asked to", async () => {
    const { session, spent } = connect();
    search().times(3).reply(200, noItems);
    amazon().get("/orders/2026-01-01/orders").query(true).reply(200, { orders: [] });
    await session.importListings(null, callWithin());
    await session.pollOrders(new Date(), callWithin());
    await read(session);
    await session.readInventory([listing("CAP")], { ...callWithin(), urgency: "background" });
    expect(spent.map(({ bucket, urgency }) => [bucket, urgency])).toEqual([
      ["searchListingsItems", "background"],
      ["searchOrders", "background"],
      ["searchListingsItems", "prompt"],
      ["searchListingsItems", "background"],
    ]);
  });

  it("reads a character whose bytes arrive in two chunks", async () => {
    const item = { sku: "CAP", summaries: [{ marketplaceId: "ATVPDKIKX0DER", itemName: "Größe" }] };
    const bytes = Buffer.from(JSON.stringify({ items: [item] }));
    const middle = bytes.indexOf("ö") + 1;
    search().reply(200, () => Readable.from([bytes.subarray(0, middle), bytes.subarray(middle)]));
    const { listings } = await connect().session.importListings(null, callWithin());
    expect(listings.map(({ title }) => title)).toEqual(["Größe"]);
  });
});

describe("no secret", () => {
  useNock();
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each(["Atza|token-1", "Atzr|refresh-token", "Atza%7Ctoken-1"])(
    "stands in an error, should Amazon say %s back",
    async (token) => {
      search().reply(400, errors("InvalidInput", `The token '${token}' is wrong.`, `token=${token}`));
      const error = await channelErrorOf(read(connect().session));
      expect(error.message).toBe("InvalidInput: The token '[secret]' is wrong. token=[secret]");
    },
  );

  it("is printed by the client package, nor taken from the environment", async () => {
    vi.stubEnv("SELLING_PARTNER_APP_CLIENT_ID", "another-app");
    vi.stubEnv("SELLING_PARTNER_APP_CLIENT_SECRET", "another-secret");
    const printed = [
      ...(["log", "dir", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name)),
      vi.spyOn(process.stdout, "write"),
      vi.spyOn(process.stderr, "write"),
    ];
    login({ grant_type: "refresh_token", refresh_token: "Atzr|refresh-token", ...app }).reply(200, {
      access_token: "Atza|token-2",
      expires_in: 3_600,
    });
    search("Atza|token-2").reply(403, tokenExpired);
    login().reply(400, { error: "invalid_grant" });
    await channelErrorOf(read(connect({ credentials: { accessToken: undefined } }).session));
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});

describe("the access token", () => {
  useNock();
  const renewed = { access_token: "Atza|token-2", token_type: "bearer", expires_in: 3_600 };

  it("is fetched once for parallel first calls", async () => {
    const { session, credentials } = connect({ credentials: { accessToken: undefined } });
    login({ grant_type: "refresh_token", refresh_token: "Atzr|refresh-token", ...app }).reply(200, renewed);
    search("Atza|token-2").times(3).reply(200, noItems);
    await Promise.all([read(session), read(session), read(session)]);
    expect(credentials.renewals).toBe(1);
  });

  it("is renewed once when parallel calls find it expired, and each call is repeated with the new one", async () => {
    const { session, credentials } = connect();
    search("Atza|token-1").times(3).reply(403, tokenExpired);
    login().reply(200, renewed);
    search("Atza|token-2").times(3).reply(200, noItems);
    await Promise.all([read(session), read(session), read(session)]);
    expect(credentials.renewals).toBe(1);
  });

  it("keeps a refresh token that Amazon gave anew, and when it and the client secret were first used", async () => {
    const { session, credentials } = connect({ credentials: { accessToken: undefined } });
    login().reply(200, { ...renewed, refresh_token: "Atzr|refresh-token-2" });
    search("Atza|token-2").reply(200, noItems);
    await read(session);
    expect(await credentials.read()).toMatchObject({
      refreshToken: "Atzr|refresh-token-2",
      authorizedAt: expect.stringMatching(/^20/),
      clientSecretSince: expect.stringMatching(/^20/),
    });
  });

  it("is not renewed a second time when the new one is refused too", async () => {
    search("Atza|token-1").reply(403, tokenExpired);
    login().reply(200, renewed);
    search("Atza|token-2").reply(403, tokenExpired);
    expect(await channelErrorOf(read(connect().session))).toMatchObject({ failure: "unauthorized" });
  });

  it("is renewed before it runs out", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    login().reply(200, renewed);
    search("Atza|token-2").reply(200, noItems);
    const { session, credentials } = connect({ credentials: { accessTokenExpiresAt: soon } });
    await read(session);
    expect(credentials.renewals).toBe(1);
  });

  it("says how to authorize again when Amazon no longer takes the refresh token", async () => {
    login().reply(400, { error: "invalid_grant", error_description: "Atzr|refresh-token is invalid" });
    const error = await channelErrorOf(
      connect({ credentials: { accessToken: undefined } }).session.check(callWithin()),
    );
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
    expect(error.message).toContain("authorize the app again");
  });

  it("says that a client secret ends when Amazon no longer takes it", async () => {
    login().reply(401, { error: "invalid_client" });
    const error = await channelErrorOf(read(connect({ credentials: { accessToken: undefined } }).session));
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_client" });
    expect(error.message).toContain("a secret ends after 180 days");
  });

  it.each([
    [401, { error: "invalid_client" }, "unauthorized"],
    [429, { error: "slow_down" }, "rate_limited"],
    [503, "<html>", "unavailable"],
  ])("turns a login answered with %s into a channel error", async (status, body, failure) => {
    login().reply(status, body);
    const { session } = connect({ credentials: { accessToken: undefined } });
    expect(await channelErrorOf(read(session))).toMatchObject({ failure });
  });
});
