import { once } from "node:events";
import { createServer } from "node:net";
import type { ChannelError } from "@lastunit/adapter-contract";
import nock from "nock";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  call,
  channelErrorOf,
  graphqlError,
  json,
  listing,
  onGraphql,
  openSession,
  SHOP,
  tokenEndpoint,
  useNock,
} from "./testing/harness.ts";

useNock();

type Expected = Partial<Pick<ChannelError, "failure" | "code" | "httpStatus" | "retryAfterMs">>;
type Answer = (call: nock.Interceptor) => void;

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
    "200 with errors beside data",
    status(200, { data: { nodes: [] }, errors: [{ message: "in words" }] }),
    { failure: "rejected", code: "graphql_error" },
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
    onGraphql("nodes(").reply(200, throttled(752, 52), json);
    const { session, observed } = openSession();
    await channelErrorOf(session.readInventory([listing("1")], call()));
    expect(observed).toEqual([{ bucket: "graphql", perSecond: 100, burst: 2_000, remaining: 52 }]);
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
