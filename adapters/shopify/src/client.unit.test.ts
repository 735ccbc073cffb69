import { createLogger } from "@lastunit/config";
import nock from "nock";
import { describe, expect, it, vi } from "vitest";
import {
  call,
  channelErrorOf,
  cost,
  credentials,
  data,
  json,
  lastPage,
  listing,
  onGraphql,
  openSession,
  tokenEndpoint,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";

useNock();

const noLocations = { locations: { nodes: [], pageInfo: lastPage } };
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const ending = { ...credentials, accessTokenExpiresAt: inMinutes(4) };
const expired = { ...credentials, accessTokenExpiresAt: inMinutes(-1) };
const granted = { access_token: "shpat_access-two", scope: "read_orders", expires_in: 86_399 };

describe("calling Shopify", () => {
  it("sends the token and the query, spends its cost and passes on what Shopify says of the bucket", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("locations(", { seen }).reply(...data(noLocations));
    const { session, spent, observed } = openSession();
    expect(await session.locations(call())).toEqual([]);
    expect(seen[0]?.variables).toEqual({ after: null });
    expect(spent).toEqual([{ bucket: "graphql", cost: 20, urgency: "prompt" }]);
    expect(observed).toEqual([{ bucket: "graphql", perSecond: 200, burst: 4_000, remaining: 3_990, refunded: 10 }]);
  });

  it("spends what Shopify said the query asks for, once it has said so", async () => {
    onGraphql("locations(")
      .times(2)
      .reply(...data(noLocations));
    const { session, spent } = openSession();
    await session.locations(call());
    await session.locations(call());
    expect(spent.map((one) => one.cost)).toEqual([20, 10]);
  });

  it("gives back to the pacer what was spent on a query beyond what it cost in the end", async () => {
    const { session, spent, observed } = openSession();
    for (const [requestedQueryCost, actualQueryCost] of [
      [12, 4],
      [30, 30],
      [12, 9],
    ]) {
      const charged = { cost: { ...cost.cost, requestedQueryCost, actualQueryCost } };
      onGraphql("locations(").reply(200, { data: noLocations, extensions: charged }, json);
      await session.locations(call());
    }
    expect(spent.map((one) => one.cost)).toEqual([20, 12, 30]);
    expect(observed.map(({ refunded }) => refunded)).toEqual([16, undefined, 21]);
  });

  it("reads in the background where nobody waits, and promptly otherwise", async () => {
    const { session, spent } = openSession();
    onGraphql("nodes(")
      .times(2)
      .reply(...data({ nodes: [] }));
    await session.readInventory([listing("1")], { ...call(), urgency: "background" });
    await session.readInventory([listing("1")], call());
    onGraphql("orders(").reply(...data({ orders: { edges: [], pageInfo: lastPage } }));
    await session.pollOrders(new Date(), call());
    expect(spent.map(({ urgency }) => urgency)).toEqual(["background", "prompt", "background"]);
  });

  /** What the session warns of while Shopify answers twice with these headers. */
  async function warningsOf(headers: { readonly [name: string]: string }) {
    const log = createLogger({ level: "silent", name: "test" });
    const warn = vi.spyOn(log, "warn");
    const { session } = openSession({ log });
    onGraphql("locations(")
      .times(2)
      .reply(200, { data: noLocations }, { ...json, ...headers });
    await session.locations(call());
    await session.locations(call());
    return warn.mock.calls;
  }

  it("warns once when Shopify answers in another API version, for the one asked for is retired then", async () => {
    const warnings = await warningsOf({ "x-shopify-api-version": "2027-01" });
    expect(warnings).toEqual([[{ served: "2027-01", asked: "2026-10" }, expect.any(String)]]);
  });

  it("warns once of what Shopify says it will remove", async () => {
    const warnings = await warningsOf({
      "x-shopify-api-version": "2026-10",
      "x-shopify-api-deprecated-reason": "QueryRoot.locations",
    });
    expect(warnings).toEqual([[{ reason: "QueryRoot.locations", asked: "2026-10" }, expect.any(String)]]);
  });

  it("warns of nothing while all is as it was tested", async () => {
    expect(await warningsOf({ "x-shopify-api-version": "2026-10" })).toEqual([]);
  });

  it("sends each session's calls through its own outbound door, also at the same time", async () => {
    const sessions = ["beta.myshopify.com", "gamma.myshopify.com"].map((shop, index) => {
      const endpoint = new URL(`http://127.0.0.1:${9_001 + index}`);
      nock(endpoint.origin, { reqheaders: { "x-sim-host": shop } })
        .post("/admin/api/2026-10/graphql.json")
        .reply(200, { data: { locations: { ...noLocations.locations, nodes: [{ id: shop, name: shop }] } } }, json);
      return openSession({ settings: { shop }, endpoint }).session;
    });
    const found = await Promise.all(sessions.map((session) => session.locations(call())));
    expect(found.flat().map(({ name }) => name)).toEqual(["beta.myshopify.com", "gamma.myshopify.com"]);
  });
});

describe("tokens", () => {
  it("asks for the first token by the client credentials grant and keeps it", async () => {
    const body = { client_id: "client-one", client_secret: credentials.clientSecret, grant_type: "client_credentials" };
    tokenEndpoint(body).reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" }).reply(...data(noLocations));
    const { clientId, clientSecret } = credentials;
    const { session, credentials: box } = openSession({ credentials: { clientId, clientSecret } });
    await session.locations(call());
    const stored = await box.read();
    expect(stored).toMatchObject({ clientId, clientSecret, accessToken: "shpat_access-two", scope: "read_orders" });
    expect(Date.parse(stored.accessTokenExpiresAt ?? "")).toBeGreaterThan(Date.now() + 86_000_000);
  });

  it.each([503, 429])("goes on with a token that has not ended while the token endpoint answers %i", async (status) => {
    tokenEndpoint().reply(status, "<html>down</html>");
    onGraphql("locations(").reply(...data(noLocations));
    const { session, credentials: box } = openSession({ credentials: ending });
    expect(await session.locations(call())).toEqual([]);
    expect(await box.read()).toEqual(ending);
  });

  it("does not go on with a token when the refresh token is dead: the merchant must authorize again", async () => {
    tokenEndpoint().reply(400, { error: "invalid_grant", error_description: "The refresh token is dead" }, json);
    const { session } = openSession({ credentials: { ...ending, refreshToken: "shprt_dead" } });
    const error = await channelErrorOf(session.locations(call()));
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant", httpStatus: 400 });
  });

  it("renews a token that ends within five minutes once, for many calls at the same time", async () => {
    tokenEndpoint().reply(200, granted, json);
    onGraphql("locations(", { token: "shpat_access-two" })
      .times(5)
      .reply(...data(noLocations));
    const { session, credentials: box } = openSession({ credentials: ending });
    const found = await Promise.all(Array.from({ length: 5 }, () => session.locations(call())));
    expect(found).toEqual([[], [], [], [], []]);
    expect(await box.read()).toMatchObject({ accessToken: "shpat_access-two" });
    expect(box.renewals).toBe(1);
  });

  it("takes the token another process has just stored instead of renewing", async () => {
    onGraphql("locations(", { token: "shpat_theirs" }).reply(...data(noLocations));
    const { session, credentials: box } = openSession({ credentials: expired });
    vi.spyOn(box, "read").mockImplementationOnce(async () => {
      box.replace({ ...credentials, accessToken: "shpat_theirs" });
      return expired;
    });
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
    const { session, credentials: box } = openSession({ credentials: refreshing });
    await session.locations(call());
    expect(await box.read()).toMatchObject({
      accessToken: "shpat_access-two",
      refreshToken: "shprt_two",
      refreshTokenExpiresAt: expect.any(String),
    });
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
    [400, "<html>Oauth error invalid_request</html>", "unauthorized", "400"],
    [422, {}, "unauthorized", "422"],
    [429, { error: "slow_down" }, "rate_limited", "429"],
    [503, "<html>down</html>", "unavailable", "503"],
    [200, '{"access_token": "shpat_cu', "unavailable", "unreadable_answer"],
  ])("classifies a %i of the token endpoint", async (status, body, failure, code) => {
    tokenEndpoint().reply(status, body, json);
    const error = await channelErrorOf(openSession({ credentials: expired }).session.locations(call()));
    expect(error).toMatchObject({ failure, code, httpStatus: status });
  });
});
