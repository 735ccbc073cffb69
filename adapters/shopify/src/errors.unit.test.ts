import { once } from "node:events";
import { createServer } from "node:net";
import type { ChannelError } from "@lastunit/adapter-contract";
import nock from "nock";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  call,
  channelErrorOf,
  data,
  graphqlError,
  json,
  lastPage,
  listing,
  onGraphql,
  openSession,
  SHOP,
  tokenEndpoint,
  useNock,
} from "./testing/harness.ts";
import { level, update } from "./testing/pushes.ts";

useNock();
afterEach(() => void vi.useRealTimers());

type Expected = Partial<Pick<ChannelError, "failure" | "code" | "httpStatus" | "retryAfterMs">>;
type Answer = (call: nock.Interceptor) => void;

const now = Date.now();
const html = { "content-type": "text/html" };
const throttled = (requestedQueryCost: number, currentlyAvailable: number) => ({
  errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
  extensions: {
    cost: {
      requestedQueryCost,
      actualQueryCost: null,
      throttleStatus: { maximumAvailable: 2_000, currentlyAvailable, restoreRate: 100 },
    },
  },
});
const status = (code: number, body: nock.Body = {}, headers: nock.ReplyHeaders = json): Answer => {
  return (request) => void request.reply(code, body, headers);
};

/** Every way in which Shopify, or what stands before it, has been seen to answer badly, and what it means. */
const answers: readonly (readonly [string, Answer, Expected])[] = [
  [
    "429 with Retry-After",
    status(429, "slow down", { "retry-after": "2.0" }),
    { failure: "rate_limited", httpStatus: 429, retryAfterMs: 2_000 },
  ],
  ["429 without", status(429, ""), { failure: "rate_limited", retryAfterMs: undefined }],
  [
    "200 and THROTTLED: until the bucket holds what the query asks for",
    status(200, throttled(752, 52)),
    { failure: "rate_limited", code: "THROTTLED", retryAfterMs: 7_000 },
  ],
  [
    "200 and THROTTLED for a moment: a second at least",
    status(200, throttled(10, 9)),
    { failure: "rate_limited", code: "THROTTLED", retryAfterMs: 1_000 },
  ],
  ["503 with an HTML page", status(503, "<html>down</html>", html), { failure: "unavailable", httpStatus: 503 }],
  ["500", status(500), { failure: "unavailable", httpStatus: 500 }],
  ["502", status(502), { failure: "unavailable", httpStatus: 502 }],
  ["408", status(408), { failure: "unavailable", httpStatus: 408 }],
  ["430, a security rejection", status(430), { failure: "unavailable", httpStatus: 430 }],
  ["200 with an HTML page", status(200, "<html>moved</html>", html), { failure: "unavailable", httpStatus: 200 }],
  ["200 with cut JSON", status(200, '{"data": {"nodes": [{"id": "gid'), { failure: "unavailable", httpStatus: 200 }],
  ["200 of another shape", status(200, { data: { nodes: "none" } }), { failure: "unavailable", httpStatus: 200 }],
  ["200 without data", status(200, {}), { failure: "unavailable", httpStatus: 200 }],
  ["200 and INTERNAL_SERVER_ERROR", status(...graphqlError("INTERNAL_SERVER_ERROR")), { failure: "unavailable" }],
  ["200 and ACCESS_DENIED", status(...graphqlError("ACCESS_DENIED")), { failure: "unauthorized" }],
  ["200 and SHOP_INACTIVE", status(...graphqlError("SHOP_INACTIVE")), { failure: "unauthorized" }],
  [
    "200 and an error of the query",
    status(...graphqlError("undefinedField")),
    { failure: "rejected", code: "undefinedField" },
  ],
  [
    "200 with an error of no known code beside data: some of it was done",
    status(200, { data: { nodes: [], inventorySetQuantities: {} }, errors: [{ message: "in words" }] }),
    { failure: "unavailable", code: "graphql_error" },
  ],
  [
    "200 with ACCESS_DENIED beside data",
    status(200, { data: { nodes: [null] }, errors: [{ message: "m", extensions: { code: "ACCESS_DENIED" } }] }),
    { failure: "unauthorized", code: "ACCESS_DENIED" },
  ],
  [
    "200 with an error beside nothing but null",
    status(200, { data: { nodes: null }, errors: [{ message: "m", extensions: { code: "BAD_REQUEST" } }] }),
    { failure: "rejected", code: "BAD_REQUEST" },
  ],
  [
    "200 with several errors, one of them THROTTLED",
    status(200, {
      errors: [{ message: "m", extensions: { code: "undefinedField" } }, { ...throttled(10, 0).errors[0] }],
      extensions: throttled(300, 0).extensions,
    }),
    { failure: "rate_limited", code: "THROTTLED", retryAfterMs: 3_000 },
  ],
  ["402, a shop that did not pay", status(402), { failure: "unauthorized", httpStatus: 402 }],
  ["403", status(403), { failure: "unauthorized", httpStatus: 403 }],
  [
    "403 with an HTML page, a firewall's",
    status(403, "<html>blocked</html>", html),
    { failure: "unavailable", httpStatus: 403 },
  ],
  ["404, no such shop", status(404), { failure: "unauthorized", httpStatus: 404 }],
  ["423, a locked shop", status(423), { failure: "unauthorized", httpStatus: 423 }],
  ["400", status(400), { failure: "rejected", httpStatus: 400 }],
  [
    "a reset connection",
    (request) => void request.replyWithError(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })),
    { failure: "unavailable", code: "no_answer" },
  ],
];

describe("an answer to a query or a write", () => {
  it.each(answers)("of %s is classified", async (_name, answer, expected) => {
    answer(onGraphql("nodes("));
    const reading = openSession().session.readInventory([listing("1")], call());
    expect(await channelErrorOf(reading)).toMatchObject(expected);

    answer(onGraphql("inventorySetQuantities"));
    const update = { listing: listing("1"), quantity: 3, expected: 5, position: 1 };
    const writing = openSession().session.pushInventory([update], call());
    expect(await channelErrorOf(writing)).toMatchObject(expected);
  });

  it("keeps Shopify's words, but not at any length", async () => {
    onGraphql("nodes(").reply(...graphqlError("MAX_COST_EXCEEDED".toLowerCase(), "x".repeat(2_000)));
    const { message } = await channelErrorOf(openSession().session.readInventory([listing("1")], call()));
    expect(message).toMatch(/^max_cost_exceeded: x{400,500}…$/);
  });

  it("keeps Shopify's words, but no token or secret that they quote", async () => {
    const quoting = "The token shpat_access-one of the app with shpss_client-secret is not known";
    onGraphql("nodes(").reply(...graphqlError("not_known", quoting));
    const { message } = await channelErrorOf(openSession().session.readInventory([listing("1")], call()));
    expect(message).toBe("not_known: The token [secret] of the app with [secret] is not known");
  });

  it("keeps no token or secret that a refusal of an entry, a location, a price or a subscription quotes", async () => {
    const message = "The token shpat_access-one is not known";
    const safe = "The token [secret] is not known";
    const userErrors = [{ code: "UNKNOWN", field: null, message }];
    const { session } = openSession({ settings: { activateLocations: "yes" } });

    onGraphql("inventorySetQuantities").reply(
      ...data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } }),
    );
    expect(await session.pushInventory([update("1", 3, 5)], call())).toMatchObject([
      { code: "UNKNOWN", message: safe },
    ]);

    onGraphql("nodes(")
      .times(2)
      .reply(...data({ nodes: [{ ...level("1", 0), inventoryLevel: null }] }));
    onGraphql("inventoryActivate(").reply(...data({ inventoryActivate: { inventoryLevel: null, userErrors } }));
    expect(await session.pushInventory([update("1", 3, null)], call())).toMatchObject([
      { code: "NOT_ACTIVATED", message: safe },
    ]);

    onGraphql("currencyCode").reply(...data({ shop: { currencyCode: "USD" } }));
    onGraphql("productVariantsBulkUpdate").reply(
      ...data({ productVariantsBulkUpdate: { productVariants: null, userErrors } }),
    );
    const external = { productId: "gid://shopify/Product/3", variantId: "gid://shopify/ProductVariant/1" };
    const price = { listing: { ...listing("1"), external }, price: { amount: "5", currency: "USD" }, sale: null };
    expect(await session.pushPrices?.([price], call())).toMatchObject([{ code: "UNKNOWN", message: safe }]);

    onGraphql("webhookSubscriptions(").reply(...data({ webhookSubscriptions: { nodes: [], pageInfo: lastPage } }));
    onGraphql("webhookSubscriptionCreate")
      .times(6)
      .reply(...data({ webhookSubscriptionCreate: { userErrors } }));
    const subscribing = session.subscribe?.("https://hub.example/webhooks/channel-1", call());
    const refused = await channelErrorOf(subscribing ?? Promise.resolve());
    expect(refused.message).toContain(`ORDERS_CREATE: ${safe}`);
  });

  it("that does not come by the deadline is a timeout", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const endpoint = new URL(`http://127.0.0.1:${z.object({ port: z.number() }).parse(silent.address()).port}`);
    nock.enableNetConnect("127.0.0.1");
    const { session } = openSession({ endpoint });
    const reading = session.readInventory([listing("1")], call(AbortSignal.timeout(50)));
    expect(await channelErrorOf(reading)).toMatchObject({ failure: "unavailable", code: "timeout" });
    nock.disableNetConnect();
    silent.close();
  });

  it("passes on what it says of the bucket, also when it throttles", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now });
    onGraphql("nodes(").reply(200, throttled(752, 52), json);
    const { session, observed } = openSession();
    await channelErrorOf(session.readInventory([listing("1")], call()));
    expect(observed).toEqual([
      { bucket: "graphql", perSecond: 100, burst: 2_000, remaining: 52 },
      { bucket: "graphql", remaining: 0, refillsAt: now + 7_000 },
    ]);
  });

  it.each([
    ["with a time", { "retry-after": "2.0" }, [{ bucket: "graphql", remaining: 0, refillsAt: now + 2_000 }]],
    ["without one", {}, []],
  ])("of 429 tells the pacer when calls come back (%s)", async (_name, headers, expected) => {
    vi.useFakeTimers({ toFake: ["Date"], now });
    onGraphql("nodes(").reply(429, "slow down", headers);
    const { session, observed } = openSession();
    await channelErrorOf(session.readInventory([listing("1")], call()));
    expect(observed).toEqual(expected);
  });

  it("is never asked for a second time by the library", async () => {
    let requests = 0;
    nock(`https://${SHOP}`)
      .persist()
      .post("/admin/api/2026-10/graphql.json")
      .reply(() => {
        requests += 1;
        return [503, "busy", { "retry-after": "0" }];
      });
    const error = await channelErrorOf(openSession().session.readInventory([listing("1")], call()));
    expect(error).toMatchObject({ failure: "unavailable" });
    expect(requests).toBe(1);
    nock.cleanAll();
  });
});

describe("a 401", () => {
  it("is answered with a new token once, then it is the merchant's turn", async () => {
    onGraphql("nodes(").reply(401, { errors: "[API] Invalid API key or access token" }, json);
    tokenEndpoint().reply(200, { access_token: "shpat_access-two", scope: "", expires_in: 86_399 }, json);
    onGraphql("nodes(", { token: "shpat_access-two" }).reply(401, {}, json);
    const error = await channelErrorOf(openSession().session.readInventory([listing("1")], call()));
    expect(error).toMatchObject({ failure: "unauthorized", httpStatus: 401 });
  });

  it("of an app that was removed is unauthorized, for no new token is given", async () => {
    onGraphql("nodes(").reply(401, {}, json);
    tokenEndpoint().reply(400, { error: "app_not_installed", error_description: "The app is not installed" }, json);
    const error = await channelErrorOf(openSession().session.readInventory([listing("1")], call()));
    expect(error).toMatchObject({ failure: "unauthorized", code: "app_not_installed" });
  });
});
