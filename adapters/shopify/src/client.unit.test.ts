import { createOutbound, type Outbound } from "@lastunit/adapter-contract";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  credentials,
  data,
  json,
  listing,
  log,
  onGraphql,
  openSession,
  outbound,
  SHOP,
  tokenEndpoint,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";

useNock({ beforeEach, afterEach });

const noLocations = { locations: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } };
const expired = { ...credentials, accessTokenExpiresAt: new Date(Date.now() + 4 * 60_000).toISOString() };
const granted = { access_token: "shpat_access-two", scope: "read_orders", expires_in: 86_399 };

describe("calling Shopify", () => {
  it("sends the token and the query, spends its cost and passes on what Shopify says of the bucket", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("locations(", { seen }).reply(...data(noLocations));
    const { session, spent, observed } = openSession();
    expect(await session.locations(call())).toEqual([]);
    expect(seen[0]?.variables).toEqual({ after: null });
    expect(spent).toEqual([{ bucket: "graphql", cost: 20 }]);
    expect(observed).toEqual([{ bucket: "graphql", perSecond: 200, burst: 4_000, remaining: 3_990 }]);
  });

  it("sends each session's calls through its own outbound door, also at the same time", async () => {
    const servers = ["beta.myshopify.com", "gamma.myshopify.com"].map((shop, index) => {
      const endpoint = `http://127.0.0.1:${9_001 + index}`;
      const door = createOutbound({ endpoints: { shopify: new URL(endpoint) }, log });
      nock(endpoint, { reqheaders: { "x-sim-host": shop } })
        .post("/admin/api/2026-10/graphql.json")
        .reply(200, { data: { locations: { ...noLocations.locations, nodes: [{ id: shop, name: shop }] } } }, json);
      return openSession({ shop, outbound: door }).session;
    });
    const found = await Promise.all(servers.map((session) => session.locations(call())));
    expect(found.flat().map(({ name }) => name)).toEqual(["beta.myshopify.com", "gamma.myshopify.com"]);
  });
});

describe("tokens", () => {
  it("asks for the first token by the client credentials grant and keeps it", async () => {
    const body = { client_id: "client-one", client_secret: credentials.clientSecret, grant_type: "client_credentials" };
    tokenEndpoint(body).reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" }).reply(...data(noLocations));
    const { clientId, clientSecret } = credentials;
    const { session, box } = openSession({ credentials: { clientId, clientSecret } });
    await session.locations(call());
    expect(box.stored).toMatchObject({ clientId, clientSecret, accessToken: "shpat_access-two", scope: "read_orders" });
    expect(Date.parse(box.stored.accessTokenExpiresAt ?? "")).toBeGreaterThan(Date.now() + 86_000_000);
  });

  it("renews a token that ends within five minutes once, for many calls at the same time", async () => {
    tokenEndpoint().reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" })
      .times(5)
      .reply(...data(noLocations));
    const { session, box } = openSession({ credentials: expired });
    const found = await Promise.all(Array.from({ length: 5 }, () => session.locations(call())));
    expect(found).toEqual([[], [], [], [], []]);
    expect(box.stored.accessToken).toBe("shpat_access-two");
  });

  it("takes the token another process has just stored instead of renewing", async () => {
    onGraphql("locations(", { token: "shpat_theirs" }).reply(...data(noLocations));
    const { session, box } = openSession({ credentials: expired });
    box.read = () => {
      box.stored = { ...credentials, accessToken: "shpat_theirs" };
      return Promise.resolve(expired);
    };
    expect(await session.locations(call())).toEqual([]);
  });

  it("renews with the refresh token where there is one, and keeps the new pair", async () => {
    const refreshing = { ...expired, refreshToken: "shprt_one" };
    tokenEndpoint((body) => body.grant_type === "refresh_token" && body.refresh_token === "shprt_one").reply(
      200,
      { ...granted, refresh_token: "shprt_two", refresh_token_expires_in: 7_776_000 },
      json,
    );
    onGraphql("locations(", { token: "shpat_access-two" }).reply(...data(noLocations));
    const { session, box } = openSession({ credentials: refreshing });
    await session.locations(call());
    expect(box.stored).toMatchObject({ accessToken: "shpat_access-two", refreshToken: "shprt_two" });
    expect(box.stored.refreshTokenExpiresAt).toBeDefined();
  });

  it("renews once on a 401, then tries again", async () => {
    onGraphql("locations(").reply(401, { errors: "Invalid API key or access token" }, json);
    tokenEndpoint().reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" }).reply(...data(noLocations));
    expect(await openSession().session.locations(call())).toEqual([]);
  });

  it("says unauthorized when the renewed token is refused too", async () => {
    onGraphql("locations(").reply(401, {}, json);
    tokenEndpoint().reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" }).reply(401, {}, json);
    const error = await channelErrorOf(openSession().session.locations(call()));
    expect(error).toMatchObject({ failure: "unauthorized", httpStatus: 401 });
  });

  it("never asks for a token in place of an Admin API access token", async () => {
    onGraphql("locations(", { token: "shpat_fixed" }).reply(401, {}, json);
    const fixed = { adminAccessToken: "shpat_fixed", clientSecret: credentials.clientSecret };
    const error = await channelErrorOf(openSession({ credentials: fixed }).session.locations(call()));
    expect(error).toMatchObject({ failure: "unauthorized", code: "token_refused" });
  });

  it.each([
    [400, { error: "invalid_grant", error_description: "revoked" }, "unauthorized", "invalid_grant"],
    [429, { error: "slow_down" }, "rate_limited", "429"],
    [503, "<html>down</html>", "unavailable", "503"],
    [200, '{"access_token": "shpat_cu', "unavailable", "unreadable_answer"],
  ])("classifies a %i of the token endpoint", async (status, body, failure, code) => {
    tokenEndpoint().reply(status, body, json);
    const error = await channelErrorOf(openSession({ credentials: expired }).session.locations(call()));
    expect(error).toMatchObject({ failure, code, httpStatus: status });
  });
});

describe("failures", () => {
  const reading = (signal?: AbortSignal) =>
    channelErrorOf(openSession().session.readInventory([listing("1")], call(signal)));

  it("computes how long a throttled query has to wait, and passes on the bucket", async () => {
    const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable: 52, restoreRate: 100 };
    const throttled = {
      errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      extensions: { cost: { requestedQueryCost: 752, actualQueryCost: null, throttleStatus } },
    };
    onGraphql("nodes(").reply(200, throttled, json);
    const { session, observed } = openSession();
    const error = await channelErrorOf(session.readInventory([listing("1")], call()));
    expect(error).toMatchObject({ failure: "rate_limited", code: "THROTTLED", retryAfterMs: 7_000 });
    expect(observed).toEqual([{ bucket: "graphql", perSecond: 100, burst: 2_000, remaining: 52 }]);
  });

  it("waits at least a second when throttled", async () => {
    const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable: 9, restoreRate: 100 };
    const errors = [{ message: "Throttled", extensions: { code: "THROTTLED" } }];
    onGraphql("nodes(").reply(200, { errors, extensions: { cost: { requestedQueryCost: 10, throttleStatus } } }, json);
    expect(await reading()).toMatchObject({ failure: "rate_limited", retryAfterMs: 1_000 });
  });

  it("reads Retry-After as seconds", async () => {
    onGraphql("nodes(").reply(429, "slow down", { "retry-after": "2.0" });
    expect(await reading()).toMatchObject({ failure: "rate_limited", httpStatus: 429, retryAfterMs: 2_000 });
  });

  it.each([
    [402, "unauthorized"],
    [403, "unauthorized"],
    [404, "unauthorized"],
    [423, "unauthorized"],
    [400, "rejected"],
    [500, "unavailable"],
    [502, "unavailable"],
  ])("calls a %i %s", async (status, failure) => {
    onGraphql("nodes(").reply(status, {}, json);
    expect(await reading()).toMatchObject({ failure, httpStatus: status });
  });

  it.each([
    ["an HTML page with 503", 503, "<html>down</html>", { "content-type": "text/html" }],
    ["an HTML page with 200", 200, "<html>moved</html>", { "content-type": "text/html" }],
    ["cut JSON", 200, '{"data": {"nodes": [{"id": "gid', json],
    ["an answer of another shape", 200, { data: { nodes: "none" } }, json],
    ["an answer without data", 200, {}, json],
  ])("calls %s unavailable", async (_name, status, body, headers) => {
    onGraphql("nodes(").reply(status, body, headers);
    expect(await reading()).toMatchObject({ failure: "unavailable", httpStatus: status });
  });

  it.each([
    ["ACCESS_DENIED", "unauthorized"],
    ["SHOP_INACTIVE", "unauthorized"],
    ["INTERNAL_SERVER_ERROR", "unavailable"],
    ["MAX_COST_EXCEEDED", "rejected"],
  ])("calls the GraphQL error %s %s and keeps Shopify's words", async (code, failure) => {
    onGraphql("nodes(").reply(200, { errors: [{ message: "in words", extensions: { code } }] }, json);
    expect(await reading()).toMatchObject({ failure, code, message: `${code}: in words` });
  });

  it("calls a reset connection unavailable", async () => {
    onGraphql("nodes(").replyWithError(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }));
    expect(await reading()).toMatchObject({ failure: "unavailable", code: "no_answer" });
  });

  it("calls a passed deadline a timeout", async () => {
    const silent: Outbound = {
      ...outbound,
      fetch: () => (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    };
    const { session } = openSession({ outbound: silent });
    const error = await channelErrorOf(session.readInventory([listing("1")], call(AbortSignal.timeout(50))));
    expect(error).toMatchObject({ failure: "unavailable", code: "timeout" });
  });

  it("retries nothing by itself", async () => {
    const scope = nock(`https://${SHOP}`).persist().post("/admin/api/2026-10/graphql.json");
    let requests = 0;
    scope.reply(() => {
      requests += 1;
      return [503, "busy", { "retry-after": "0" }];
    });
    expect(await reading()).toMatchObject({ failure: "unavailable" });
    expect(requests).toBe(1);
    nock.cleanAll();
  });
});
