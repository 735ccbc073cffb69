import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { at, textAt } from "../testing/path.ts";
import { errorCode, shopifyClient } from "../testing/shopify-client.ts";
import { startShopifySimulator, type ShopifySimulator } from "./index.ts";

let simulator: ShopifySimulator;
let shop: ReturnType<typeof shopifyClient>;

beforeEach(async () => {
  // A clock that stands still: no limit refills unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  simulator = await startShopifySimulator({ seed: 1 });
  shop = shopifyClient(
    simulator,
    await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] }),
  );
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
});

const SHOP = "{ shop { name myshopifyDomain } currentAppInstallation { accessScopes { handle } } }";
const use = (token = "") => shop.graphql(SHOP, {}, { "x-shopify-access-token": token });

describe("Shopify tokens", () => {
  it("are granted to the app for client id and secret, for a day", async () => {
    const { status, body } = await shop.oauth({ grant_type: "client_credentials" });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { expires_in: 86_399, scope: expect.stringContaining("write_inventory") },
    });
    expect((await use(textAt(body, "access_token"))).body.data).toMatchObject({
      shop: { myshopifyDomain: "acme.myshopify.com" },
    });
    vi.setSystemTime(Date.now() + 86_399_000);
    expect((await use(textAt(body, "access_token"))).status).toBe(401);
  });

  it("are refused for a wrong secret, an unknown grant and an unknown shop", async () => {
    expect(await shop.oauth({ grant_type: "client_credentials", client_secret: "x" })).toMatchObject({ status: 400 });
    expect((await shop.oauth({ grant_type: "password" })).body["error"]).toBe("unsupported_grant_type");
    const elsewhere = { account: "x", credentials: {}, settings: { shop: "nobody.myshopify.com" } };
    expect(
      (await shopifyClient(simulator, elsewhere).graphql(SHOP, {}, { "x-shopify-access-token": "x" })).status,
    ).toBe(404);
  });

  it("come from a signed redirect with a code that is good once", async () => {
    const query = await shop.authorize();
    const hmac = query.get("hmac");
    query.delete("hmac");
    const message = [...query]
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .toSorted()
      .join("&");
    expect(hmac).toBe(createHmac("sha256", shop.clientSecret).update(message).digest("hex"));
    const code = query.get("code") ?? "";
    expect((await shop.oauth({ code, expiring: "1" })).body).toMatchObject({
      expires_in: 3_600,
      refresh_token: expect.any(String),
    });
    expect((await shop.oauth({ code, expiring: "1" })).body["error"]).toBe("invalid_grant");
  });

  it("rotate: a refresh token can be retried until its replacement is first used, then it is an invalid grant", async () => {
    const code = (await shop.authorize()).get("code") ?? "";
    const first = (await shop.oauth({ code, expiring: "1" })).body;
    const refresh = () => shop.oauth({ grant_type: "refresh_token", refresh_token: textAt(first, "refresh_token") });
    const second = await refresh();
    expect(second.body["refresh_token"]).not.toBe(first["refresh_token"]);
    expect((await refresh()).status).toBe(200);
    expect((await use(textAt(second.body, "access_token"))).status).toBe(200);
    expect(await refresh()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("renew for 30 days from the first use of a refresh token, should its answer have been lost", async () => {
    const code = (await shop.authorize()).get("code") ?? "";
    const { body } = await shop.oauth({ code, expiring: "1" });
    const refresh = () => shop.oauth({ grant_type: "refresh_token", refresh_token: textAt(body, "refresh_token") });
    const start = Date.now();
    vi.setSystemTime(start + 80 * 86_400_000);
    expect((await refresh()).status).toBe(200);
    vi.setSystemTime(start + 91 * 86_400_000);
    expect((await refresh()).body["error"]).toBe("invalid_grant");
  });

  it("that do not expire are given where nobody asks for better, but not taken", async () => {
    const code = (await shop.authorize()).get("code") ?? "";
    const { body } = await shop.oauth({ code });
    expect(body).not.toHaveProperty("refresh_token");
    expect((await use(textAt(body, "access_token"))).status).toBe(401);
  });

  it("are granted what the consent page asked for, of what the app may ask", async () => {
    const code = (await shop.authorize({ scope: "read_products,read_orders,write_themes" })).get("code") ?? "";
    expect((await shop.oauth({ code, expiring: "1" })).body["scope"]).toBe("read_products,read_orders");
    expect(errorCode(await shop.graphql("{ locations(first: 5) { nodes { id } } }"))).toBe("ACCESS_DENIED");
  });

  it("are not given where the merchant declined, or the page was asked for wrongly", async () => {
    const declined = await shop.authorize({ sim_decision: "decline" });
    expect(Object.fromEntries(declined)).toMatchObject({
      error: "access_denied",
      state: "s1",
      hmac: expect.any(String),
    });
    expect(declined.has("code")).toBe(false);
    const wrong = [
      { client_id: "another" },
      { redirect_uri: "http://hub.example/back" },
      { scope: "" },
      { "grant_options[]": "per-user" },
    ];
    for (const changes of wrong) expect((await shop.openConsent(changes)).status).toBe(400);
  });

  it("of a custom app never end and are never renewed", async () => {
    const token = simulator.customAppToken("acme");
    vi.setSystemTime(Date.now() + 400 * 86_400_000);
    expect((await use(token)).status).toBe(200);
  });

  it("are dead for good once revoked, and so are the app's credentials", async () => {
    simulator.fault({ operation: "shop", effect: { type: "revoke" } });
    expect((await shop.graphql(SHOP)).status).toBe(401);
    expect((await shop.oauth({ grant_type: "client_credentials" })).status).toBe(400);
  });

  it("of one shop don't open another", async () => {
    const { body } = await shop.oauth({ grant_type: "client_credentials" });
    const other = shopifyClient(simulator, await simulator.addAccount({ account: "other", listings: [] }));
    const answer = await other.graphql(SHOP, {}, { "x-shopify-access-token": textAt(body, "access_token") });
    expect(answer.status).toBe(401);
  });
});

describe("Shopify's GraphQL door", () => {
  it("wants a token and JSON", async () => {
    expect((await use("")).status).toBe(401);
    expect((await shop.graphql(SHOP, {}, { "content-type": "text/plain" })).status).toBe(400);
  });

  it("answers a retired version in the oldest that it still serves, and says so", async () => {
    const old = await shop.graphql(SHOP, {}, {}, "2024-07");
    expect(old).toMatchObject({ status: 200, servedVersion: "2026-10", body: { data: expect.anything() } });
    expect((await shop.graphql(SHOP)).servedVersion).toBe("2026-10");
  });

  it.each(["2027-01", "2026-11", "latest"])("knows no version %s", async (version) => {
    expect((await shop.graphql(SHOP, {}, {}, version)).status).toBe(404);
  });

  it("denies a field whose scope was not granted, and names the scope", async () => {
    const seed = { account: "narrow", listings: [], permissions: ["read_products"] };
    const narrow = shopifyClient(simulator, await simulator.addAccount(seed));
    const answer = await narrow.graphql("{ locations(first: 5) { nodes { id } } }");
    expect(errorCode(answer)).toBe("ACCESS_DENIED");
    expect(answer.body.errors).toMatchObject([{ message: expect.stringContaining("read_locations") }]);
    expect(answer.body.data).toBeUndefined();
  });

  it.each([
    ["an unknown field", "{ shop { nam } }", "undefinedField"],
    ["an unknown argument", "{ shop(id: 1) { name } }", "argumentNotAccepted"],
    ["a missing selection", "{ shop }", "selectionMismatch"],
    ["a page without a size", "{ locations { nodes { id } } }", "BAD_REQUEST"],
    ["a page of 251", "{ locations(first: 251) { nodes { id } } }", "BAD_REQUEST"],
    [
      "a required variable that is missing",
      "query Q($n: Int!) { locations(first: $n) { nodes { id } } }",
      "INVALID_VARIABLE",
    ],
  ])("refuses %s", async (_case, query, code) => {
    expect(errorCode(await shop.graphql(query))).toBe(code);
  });

  it.each(["", "{ shop { name }", "{ shop { name } } }", "subscription { shop { name } }", "{ a: 'x' }"])(
    "refuses text that is no operation: %s",
    async (query) => {
      const { status, body } = await shop.graphql(query);
      expect(status).toBe(200);
      expect(body).toEqual({ errors: [{ message: expect.stringMatching(/syntax error|exactly one|missing/u) }] });
    },
  );

  it("answers aliases, fragments and default values", async () => {
    const query = `query Q($n: Int = 3) { mine: shop { ...S } places: locations(first: $n) { nodes { id ... on Location { name } } } }
      fragment S on Shop { domain: myshopifyDomain }`;
    expect((await shop.graphql(query)).body.data).toMatchObject({
      mine: { domain: "acme.myshopify.com" },
      places: { nodes: [{ id: expect.stringContaining("gid://shopify/Location/"), name: "Main warehouse" }] },
    });
  });
});

describe("Shopify's cost limit", () => {
  const status = (answer: Awaited<ReturnType<typeof use>>) => at(answer.body, "extensions.cost");

  it("shows requested and actual cost and what is left in every answer", async () => {
    const answer = await shop.graphql(SHOP);
    expect(status(answer)).toMatchObject({
      requestedQueryCost: 3,
      actualQueryCost: 3,
      throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 1_997, restoreRate: 100 },
    });
  });

  it("charges what was asked for and gives back what was not used", async () => {
    const answer = await shop.graphql("{ productVariants(first: 250) { nodes { id inventoryItem { id } } } }");
    expect(status(answer)).toMatchObject({ requestedQueryCost: 24, throttleStatus: { currentlyAvailable: 1_996 } });
    expect(at(status(answer), "actualQueryCost")).toBe(4);
  });

  it("throttles with status 200 and without data once the bucket is empty, and not before", async () => {
    await simulator.stop();
    simulator = await startShopifySimulator({ seed: 1, scaleLimits: 0.01 });
    shop = shopifyClient(simulator, await simulator.addAccount({ account: "acme", listings: [] }));
    for (let spent = 0; spent + 3 <= 20; spent += 3) expect((await shop.graphql(SHOP)).body.errors).toBeUndefined();
    const throttled = await shop.graphql(SHOP);
    expect(throttled).toMatchObject({
      status: 200,
      body: { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }] },
    });
    expect(throttled.body.data).toBeUndefined();
    expect(status(throttled)).toMatchObject({ requestedQueryCost: 3, actualQueryCost: null });
    expect(simulator.history("acme").at(-1)).toMatchObject({
      type: "call",
      operation: "shop",
      status: 200,
      throttled: true,
    });
  });

  it("refuses a query that could cost more than 1,000", async () => {
    const query =
      "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { variant { inventoryItem { inventoryLevels(first: 250) { nodes { id } } } } } } } } }";
    expect(errorCode(await shop.graphql(query))).toBe("MAX_COST_EXCEEDED");
  });
});
