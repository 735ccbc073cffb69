import { adapters } from "@lastunit/adapters";
import type { SimulatedKind } from "@lastunit/simulators";
import { listChannels, listListings } from "@lastunit/store";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { call, logIn, type Answer } from "./calls.ts";
import { ACME_TOKEN, SERVICE_TOKEN, startWorld, type World } from "./world.ts";

const kinds: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];
let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld({ kinds });
  url = world.gateway.url;
});
afterAll(() => world.stop());
afterEach(() => vi.useRealTimers());

/** The one app of a solution provider that Walmart's simulator knows. */
const walmartsApp = {
  clientId: "2a44c735-6d2a-4061-8aa8-000000000001",
  clientSecret: "secret-of-the-solution-providers-app",
};

let accounts = 0;

/** Opens an account on a simulated platform and answers what must be answered before its consent page. */
async function open(kind: SimulatedKind) {
  accounts += 1;
  const listings = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 0 },
  ];
  const opened = await world.simulators[kind].addAccount({ account: `shop-${accounts}`, listings });
  const known: { readonly [name: string]: string } = {
    ...opened.settings,
    ...opened.credentials,
    ...(kind === "walmart" && walmartsApp),
  };
  const asked = adapters[kind].fields.filter(({ name }) => adapters[kind].authorization?.asks.includes(name));
  const part = (wanted: string) =>
    Object.fromEntries(asked.filter((field) => field.part === wanted).map(({ name }) => [name, known[name] ?? ""]));
  return {
    account: opened.account,
    request: { kind, credentials: part("credentials"), settings: part("settings"), default_location_id: "WH-1" },
  };
}

async function begin(kind: SimulatedKind, told: { readonly token?: string } = {}) {
  const { account, request } = await open(kind);
  const begun = await call(url, "/v1/consents", { body: request, ...told });
  expect(begun).toMatchObject({ status: 201, body: { kind, status: "waiting", reason: null } });
  const page = new URL(begun.body.url);
  // Who is logged in on Walmart's page; on the others the address itself tells.
  page.searchParams.set("sim_account", account);
  return { account, id: String(begun.body.consent_id), page: page.href, request };
}

/** What the merchant's browser does on the platform's page, without a header of ours. @returns where it is sent back to. */
async function decide(page: string, decision: "agree" | "decline" = "agree"): Promise<URL> {
  const address = new URL(page);
  if (decision === "decline") address.searchParams.set("sim_decision", "decline");
  const answer = await call(address.origin, address.pathname + address.search, { token: null });
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}

const comeBack = (callback: URL): Promise<Answer> =>
  call(callback.origin, callback.pathname + callback.search, { token: null, headers: { accept: "text/html" } });
const find = (id: string, token = ACME_TOKEN) => call(url, `/v1/consents/${id}`, { token });
const finish = (id: string, told: { readonly token?: string; readonly body?: unknown } = {}) =>
  call(url, `/v1/consents/${id}/finish`, { method: "POST", ...told });

async function everythingStored(): Promise<string> {
  const tables = ["merchant", "channel", "channel_credential", "consent"];
  const rows = await Promise.all(tables.map(async (table) => (await world.store.query(`select * from ${table}`)).rows));
  return JSON.stringify(rows);
}

const isConnected = async (account: string) =>
  (await listChannels(world.store)).some(({ channelKey }) => channelKey.includes(account));

it("every adapter with a consent page is tried here", () => {
  const withPage = Object.values(adapters).filter(({ authorization }) => authorization);
  expect(withPage.map(({ kind }) => kind)).toEqual(kinds);
});

describe.each(kinds)("a consent on %s's page", (kind) => {
  it("connects the account: begun, agreed to, granted, finished", async () => {
    const { id, page } = await begin(kind);
    expect(new URL(page).origin).toBe(new URL(world.simulators[kind].url).origin);
    const back = await comeBack(await decide(page));
    expect(back).toMatchObject({ status: 200, contentType: "text/html; charset=utf-8" });
    expect(back.text).toContain("grants access");
    expect(back.text).toContain(`/connect?consent=${id}`);
    expect((await find(id)).body).toMatchObject({ status: "granted", reason: null, merchant_id: "acme" });

    const connected = await finish(id);
    expect(connected).toMatchObject({ status: 201, body: { listings: { imported: 2 }, problems: [] } });
    const channelId = connected.body.channel_id;
    const channel = (await listChannels(world.store)).find((one) => one.channelId === channelId);
    expect(channel).toMatchObject({ merchantId: "acme", kind, status: "active", defaultLocationId: "WH-1" });
    const listings = await listListings(world.store, { channelId, limit: 10 });
    expect(listings.map(({ sku }) => sku)).toEqual(["A", "B"]);
    expect((await find(id)).status).toBe(404);
    expect((await finish(id)).status).toBe(404);
  });

  it("that the merchant declines is refused, with the reason, on the page and for whoever waits", async () => {
    const { account, id, page } = await begin(kind);
    const back = await comeBack(await decide(page, "decline"));
    const { body } = await find(id);
    expect(body).toMatchObject({ status: "refused", reason: expect.stringMatching(/\w+ \w+/) });
    expect(back.status).toBe(200);
    expect(back.text).toContain(body.reason.replaceAll("'", "&#39;"));
    expect(await finish(id)).toMatchObject({ status: 422, body: { code: "not_connected", problems: [body.reason] } });
    expect(await isConnected(account)).toBe(false);
  });

  it("whose code was forged is refused", async () => {
    const { id, page } = await begin(kind);
    const callback = await decide(page);
    const code = [...callback.searchParams.keys()].find((name) => name.includes("code")) ?? "";
    callback.searchParams.set(code, "forged-hunter2");
    expect((await comeBack(callback)).text).toContain("is not connected");
    expect((await find(id)).body).toMatchObject({ status: "refused" });
    expect(await everythingStored()).not.toContain("hunter2");
  });

  it("keeps nothing secret in clear, and logs nothing of it", async () => {
    const { id, page, request } = await begin(kind);
    const callback = await decide(page);
    await comeBack(callback);
    const { rows } = await world.store.query("select request, account from consent where consent_id = $1", [id]);
    expect(rows).toMatchObject([
      { request: expect.stringMatching(/^lu1\./), account: expect.stringMatching(/^lu1\./) },
    ]);
    const secrets = [
      callback.searchParams.get("state") ?? "",
      ...[...callback.searchParams].filter(([name]) => /code|hmac/.test(name)).map(([, value]) => value),
      ...Object.entries(request.credentials).flatMap(([name, value]) =>
        /^(clientId|appId)$/.test(name) ? [] : [value],
      ),
    ];
    expect(secrets.length).toBeGreaterThan(2);
    const granted = await everythingStored();
    await finish(id);
    for (const secret of secrets) {
      for (const text of [granted, await everythingStored(), world.logged()]) expect(text).not.toContain(secret);
    }
  });
});

describe("a callback", () => {
  it.each(["", "?state=", "?state=unknown&code=1", "?code=1"])(
    "that nobody waits for is answered 404: %j",
    async (query) => {
      const answer = await call(url, `/consent/shopify/callback${query}`, { token: null });
      expect(answer).toMatchObject({ status: 404, contentType: "text/html; charset=utf-8" });
      expect(answer.text).toContain("Nobody waits for this consent");
    },
  );

  it("of an unknown platform is answered 400", async () => {
    expect((await call(url, "/consent/etsy/callback?state=x", { token: null })).status).toBe(400);
  });

  it("brought to another platform's door is answered 404 and changes nothing", async () => {
    const { id, page } = await begin("shopify");
    const callback = await decide(page);
    const elsewhere = new URL(callback.href.replace("/shopify/", "/amazon/"));
    expect((await comeBack(elsewhere)).status).toBe(404);
    expect((await find(id)).body.status).toBe("waiting");
    expect((await comeBack(callback)).status).toBe(200);
  });

  it("counts once: a second one with the same state is answered 404 and changes nothing", async () => {
    const { id, page } = await begin("ebay");
    const answers = await Promise.all([decide(page), decide(page)].map(async (back) => comeBack(await back)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect((await comeBack(await decide(page, "decline"))).status).toBe(404);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("is exchanged at once: what Shopify signed more than 90 seconds ago is refused, finishing later is not", async () => {
    const late = await begin("shopify");
    const lateCallback = await decide(late.page);
    const timely = await begin("shopify");
    await comeBack(await decide(timely.page));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 91_000 });
    await comeBack(lateCallback);
    expect((await find(late.id)).body).toMatchObject({ status: "refused", reason: expect.stringContaining("too old") });
    expect((await finish(timely.id)).status).toBe(201);
  });

  it("while the platform does not answer can come again: 503, then granted", async () => {
    const { account, id, page } = await begin("walmart");
    const callback = await decide(page);
    world.simulators.walmart.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    const away = await comeBack(callback);
    expect(away).toMatchObject({ status: 503, contentType: "text/html; charset=utf-8" });
    expect(away.text).toContain("Reload this page");
    expect((await find(id)).body.status).toBe("waiting");
    world.simulators.walmart.clearFaults();
    expect((await comeBack(callback)).status).toBe(200);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("after half an hour is answered 404, and the consent is forgotten", async () => {
    const { id, page } = await begin("ebay");
    const callback = await decide(page);
    await world.store.query("update consent set expires_at = clock_timestamp() where consent_id = $1", [id]);
    expect((await comeBack(callback)).status).toBe(404);
    expect((await find(id)).status).toBe(404);
    expect((await finish(id)).status).toBe(404);
    await begin("ebay");
    expect((await world.store.query("select 1 from consent where consent_id = $1", [id])).rowCount).toBe(0);
  });

  it("in a lured browser connects nothing, whoever is logged in there", async () => {
    const token = await world.addMerchant("globex");
    const { account, id, page } = await begin("ebay");
    const callback = await decide(page);
    const cookie = await logIn(url, token);
    await call(url, callback.pathname + callback.search, {
      token: null,
      headers: { cookie, "sec-fetch-site": "cross-site" },
    });
    expect(await isConnected(account)).toBe(false);
    expect((await find(id)).body).toMatchObject({ status: "granted", merchant_id: "acme" });
    expect((await call(url, "/v1/channels", { token })).body.channels).toEqual([]);
  });
});

describe("a consent", () => {
  it("can't be finished before it is granted: 409", async () => {
    const { id } = await begin("shopify");
    expect(await finish(id)).toMatchObject({ status: 409, body: { code: "not_granted" } });
  });

  it("can't be seen or finished by another merchant, nor without a token", async () => {
    const token = await world.addMerchant("initech");
    const { account, id, page } = await begin("ebay");
    await comeBack(await decide(page));
    expect(await find(id, token)).toMatchObject({ status: 404, body: { code: "unknown_consent" } });
    expect(await finish(id, { token })).toMatchObject({ status: 404, body: { code: "unknown_consent" } });
    expect((await call(url, `/v1/consents/${id}/finish`, { method: "POST", token: null })).status).toBe(401);
    expect((await call(url, `/v1/consents/${id}`, { token: null })).status).toBe(401);
    expect(await isConnected(account)).toBe(false);
    expect((await finish(id)).status).toBe(201);
  });

  it("can't be finished by another site's page", async () => {
    const { id, page } = await begin("ebay");
    await comeBack(await decide(page));
    const headers = { cookie: await logIn(url, ACME_TOKEN), "sec-fetch-site": "cross-site" };
    const answer = await call(url, `/v1/consents/${id}/finish`, { method: "POST", token: null, headers });
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
  });

  it("finished twice at once makes one channel", async () => {
    const { id, page } = await begin("ebay");
    await comeBack(await decide(page));
    const statuses = (await Promise.all([finish(id), finish(id)])).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409]);
  });

  it("that could not be finished stays granted: the same call completes it", async () => {
    const { account, id, page } = await begin("shopify");
    await comeBack(await decide(page));
    world.simulators.shopify.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    expect(await finish(id)).toMatchObject({ status: 503, body: { code: "platform_unavailable" } });
    world.simulators.shopify.clearFaults();
    expect((await finish(id)).status).toBe(201);
  });

  it("of an account with several locations is finished once it is said which is which", async () => {
    const { account, id, page } = await begin("shopify");
    await comeBack(await decide(page));
    const nodes = [1, 2].map((number) => ({ id: `gid://shopify/Location/${number}`, name: `Shop ${number}` }));
    const several = { data: { locations: { nodes, pageInfo: { hasNextPage: false, endCursor: null } } } };
    const headers = { "content-type": "application/json" };
    const effect = { type: "status", status: 200, body: JSON.stringify(several), headers } as const;
    world.simulators.shopify.fault({ account, operation: "locations", times: 4, effect });
    expect(await finish(id)).toMatchObject({ status: 422, body: { code: "locations_required" } });
    const locations = [{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }];
    expect((await finish(id, { body: { locations } })).status).toBe(201);
    world.simulators.shopify.clearFaults();
  });

  it("is begun by an operator for the merchant it names, and by nobody without a token", async () => {
    const { request } = await open("ebay");
    const as = { token: SERVICE_TOKEN, headers: { "lastunit-merchant": "acme" } };
    expect((await call(url, "/v1/consents", { body: request, ...as })).body).toMatchObject({ merchant_id: "acme" });
    expect((await call(url, "/v1/consents", { body: request, token: null })).status).toBe(401);
  });

  it("names each field that is missing or not asked for, and no value", async () => {
    const body = { kind: "ebay", credentials: { colour: "hunter2" }, default_location_id: "WH-1" };
    const answer = await call(url, "/v1/consents", { body });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    const fields = answer.body.errors.map((error: { field: string }) => error.field);
    expect(fields).toEqual(["credentials.colour", "credentials.appId", "credentials.certId", "settings.ruName"]);
    expect(answer.text + world.logged()).not.toContain("hunter2");
  });

  it("is not to be had where the platform has no page", async () => {
    const body = { kind: "webhook", credentials: {}, settings: { name: "POS" }, default_location_id: "WH-1" };
    expect(await call(url, "/v1/consents", { body })).toMatchObject({ status: 422, body: { code: "no_consent_page" } });
  });
});
