import { INBOUND_QUEUE, POLL_QUEUE, pushQueueName } from "@lastunit/queues";
import { applyEvents } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, delivery, logIn, newSecret, sender } from "./calls.ts";
import { received } from "./ledger-events.ts";
import { ACME_TOKEN, SERVICE_TOKEN, startWorld, type World } from "./world.ts";

let world: World;
let url: string;
let operator: string;
let merchant: string;
let shop: string;

beforeAll(async () => {
  world = await startWorld({ kinds: ["shopify"] });
  url = world.gateway.url;
  operator = await logIn(url, SERVICE_TOKEN);
  merchant = await logIn(url, ACME_TOKEN);
  await applyEvents(world.store, [received(1, "A", 5)], 1);
  const listings = [{ sku: "A", quantity: 3 }];
  const { credentials, settings } = await world.simulators.shopify.addAccount({ account: "acme", listings });
  const body = { kind: "shopify", credentials, settings, default_location_id: "WH-1" };
  shop = (await call(url, "/v1/channels", { body })).body.channel_id;
});
afterAll(() => world.stop());

const anonymous = { token: null };
const as = (cookie: string) => ({ token: null, headers: { cookie } });

describe("the queues' board", () => {
  it("sends a browser without a session to the login", async () => {
    const answer = await call(url, "/ops/queues", { ...anonymous, headers: { accept: "text/html,*/*" } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/login?next=%2Fops%2Fqueues");
  });

  it.each(["/ops/queues", "/ops/queues/api/queues", "/ops/queues/static/js/main.js"])(
    "answers anybody else 401: %s",
    async (path) => {
      expect(await call(url, path, anonymous)).toMatchObject({ status: 401, body: { code: "unauthorized" } });
    },
  );

  it("answers a merchant 403: the queues hold all merchants' jobs", async () => {
    expect(await call(url, "/ops/queues", as(merchant))).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect((await call(url, "/ops/queues/api/queues", { token: ACME_TOKEN })).status).toBe(403);
  });

  it("is shown to an operator, under a content security policy", async () => {
    const answer = await call(url, "/ops/queues", as(operator));
    expect(answer).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/html/) });
    expect(answer.headers.get("content-security-policy")).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
  });

  it("lists each channel's push queue by the channel's key, the inbound and the poll queue", async () => {
    const { body } = await call(url, "/ops/queues/api/queues", as(operator));
    const names = body.queues.map((queue: { name: string }) => queue.name);
    expect(names.toSorted()).toEqual([INBOUND_QUEUE, POLL_QUEUE, pushQueueName(shop)]);
    expect(body.queues.map((queue: { description: string }) => queue.description)).toContain("acme · shopify:acme");
  });

  it("shows jobs that hold ids, nothing else", async () => {
    const secret = newSecret();
    const connected = await call(url, "/v1/channels", { body: sender("POS", secret) });
    await call(url, `/webhooks/webhook/${connected.body.channel_id}`, { ...delivery(secret), token: null });
    const inbound = await until("the job is shown", async () => {
      const { body } = await call(url, `/ops/queues/api/queues?activeQueue=${INBOUND_QUEUE}`, as(operator));
      const shown = body.queues.find((queue: { name: string }) => queue.name === INBOUND_QUEUE);
      return shown.jobs.length > 0 && shown;
    });
    expect(inbound.jobs.map((job: { data: unknown }) => job.data)).toEqual([
      { version: 1, inboxId: expect.any(Number) },
    ]);
  });

  it.each(["a stranger's", "a merchant's"])("takes no order of %s", async (whose) => {
    const told = whose === "a merchant's" ? as(merchant) : anonymous;
    const answer = await call(url, `/ops/queues/api/queues/${INBOUND_QUEUE}/pause`, { ...told, method: "PUT" });
    expect([401, 403]).toContain(answer.status);
    expect(await world.queues.queue(INBOUND_QUEUE).isPaused()).toBe(false);
  });

  it("takes an operator's order from its own page", async () => {
    const headers = { cookie: operator, "sec-fetch-site": "same-origin" };
    const order = (what: string) =>
      call(url, `/ops/queues/api/queues/${POLL_QUEUE}/${what}`, { ...anonymous, method: "PUT", headers });
    expect((await order("pause")).status).toBe(200);
    expect(await world.queues.queue(POLL_QUEUE).isPaused()).toBe(true);
    expect((await order("resume")).status).toBe(200);
  });

  it("takes no order from another site", async () => {
    const headers = { cookie: operator, "sec-fetch-site": "cross-site" };
    const answer = await call(url, `/ops/queues/api/queues/${INBOUND_QUEUE}/pause`, {
      ...anonymous,
      method: "PUT",
      headers,
    });
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
    expect(await world.queues.queue(INBOUND_QUEUE).isPaused()).toBe(false);
  });
});

describe.each(["/", "/connect", "/connect?consent=1", "/channel?id=1"])("the console's page %s", (path) => {
  it("sends who is not logged in to the login, and from there back", async () => {
    const answer = await call(url, path, anonymous);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(`/login?next=${encodeURIComponent(path)}`);
  });

  it("is kept by no cache and runs nothing but our own script", async () => {
    const answer = await call(url, path, as(merchant));
    expect(answer).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/html/) });
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'self'; frame-ancestors 'none'/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.text).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=| style=/);
  });
});

describe("the console", () => {
  it("has its pages at their own paths alone; its style and scripts hold no data and are anyone's", async () => {
    for (const page of ["home", "connect", "channel"]) {
      expect((await call(url, `/${page}.html`, anonymous)).status).toBe(404);
    }
    expect((await call(url, "/console.css", anonymous)).contentType).toMatch(/^text\/css/);
    for (const script of ["home", "connect", "channel"]) {
      expect((await call(url, `/${script}.js`, anonymous)).contentType).toMatch(/javascript/);
    }
    expect((await call(url, "/..%2f..%2fpackage.json", anonymous)).status).toBe(404);
  });

  it.each(["/", "/connect", "/channel", "/login", "/consent/ebay/callback"])(
    "names an icon, a style and a script that are there, in every page's one head: %s",
    async (path) => {
      const { text } = await call(url, path, as(merchant));
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n {2}<meta charset="utf-8">/);
      expect(text).toMatch(
        /<title>.*Lastunit<\/title>\n {2}<link rel="icon" href="\/favicon.svg" type="image\/svg\+xml">/,
      );
      for (const [, address = ""] of text.matchAll(/(?:src|<link[^>]* href)="([^"]+)"/g)) {
        expect({ address, status: (await call(url, address, anonymous)).status }).toEqual({ address, status: 200 });
      }
      expect(text.match(/<h1\b|<main\b/g)?.toSorted()).toEqual(["<h1", "<main"]);
    },
  );

  it("has scripts that load nothing which is not there", async () => {
    const seen = new Set(["home.js", "connect.js", "channel.js"]);
    for (const name of seen) {
      const { status, text } = await call(url, `/${name}`, anonymous);
      expect({ name, status }).toEqual({ name, status: 200 });
      for (const [, imported = ""] of text.matchAll(/from "\.\/([^"]+)"/g)) seen.add(imported);
    }
    expect([...seen]).toEqual(expect.arrayContaining(["why.js", "offer.js"]));
  });

  it("is told whom it serves", async () => {
    expect((await call(url, "/v1/token", as(merchant))).body).toEqual({ merchant_id: "acme" });
    expect((await call(url, "/v1/token", as(operator))).body).toEqual({ merchant_id: null });
    expect((await call(url, "/v1/token", anonymous)).status).toBe(401);
  });
});

describe("a merchant's API", () => {
  it("says what can be connected, and what each platform asks for", async () => {
    const { body } = await call(url, "/v1/platforms", anonymous);
    expect(body.platforms.map((platform: { kind: string }) => platform.kind)).toEqual([
      "shopify",
      "amazon",
      "ebay",
      "walmart",
      "webhook",
    ]);
    expect(body.platforms[4].fields).toContainEqual(
      expect.objectContaining({ name: "secret", part: "credentials", sensitive: true }),
    );
  });

  it("shows channels and how far they are in sync", async () => {
    const { body } = await call(url, "/v1/channels");
    expect(body.channels).toContainEqual({
      channel_id: shop,
      merchant_id: "acme",
      kind: "shopify",
      channel_key: "shopify:acme",
      status: "active",
      status_reason: null,
      problems: [],
      renew_by: null,
      webhook_url: `${url}/webhooks/shopify/${shop}`,
      listings: 1,
      in_sync: 0,
      behind: 1,
      refused: 0,
      unsupported: 0,
    });
  });

  it("shows stock beside what each channel shows of it", async () => {
    expect((await call(url, "/v1/stock?sku=A")).body).toEqual({
      as_of: 1,
      stock: [
        {
          merchant_id: "acme",
          sku: "A",
          on_hand: 5,
          reserved: 0,
          available: 5,
          listings: [{ channel_key: "shopify:acme", target: 5, shown: 3, error_reason: null, error: null }],
        },
      ],
    });
  });

  it("shows a merchant nothing of another, and an operator all or the one it names", async () => {
    const token = await world.addMerchant("globex");
    for (const path of ["/v1/channels", "/v1/stock"]) {
      const list = path.slice("/v1/".length);
      const spoofed = { token, headers: { "lastunit-merchant": "acme" } };
      expect((await call(url, path, spoofed)).body[list]).toEqual([]);
      expect((await call(url, path, { token: SERVICE_TOKEN })).body[list]).not.toEqual([]);
      const named = { token: SERVICE_TOKEN, headers: { "lastunit-merchant": "globex" } };
      expect((await call(url, path, named)).body[list]).toEqual([]);
      const unknown = { token: SERVICE_TOKEN, headers: { "lastunit-merchant": "initech" } };
      expect((await call(url, path, unknown)).status).toBe(404);
      expect((await call(url, path, anonymous)).status).toBe(401);
    }
  });

  it("refuses a search the database can't do", async () => {
    expect((await call(url, "/v1/stock?sku=%00")).status).toBe(400);
    expect((await call(url, "/v1/stock?limit=0")).status).toBe(400);
  });
});

describe("oversell cases", () => {
  it("are shown to their merchant until they are resolved, and to nobody else", async () => {
    const sale = {
      ...received(1, "SOLD-TWICE", 0),
      position: 2,
      event_id: "amazon:acme:order:7:line:1:sale",
      event_type: "inventory.sale" as const,
      quantity_change: -2,
      on_hand_change: -2,
      on_hand: -2,
      available: -2,
      order_id: "7",
      source: "amazon",
    };
    await applyEvents(world.store, [sale], 2);
    const other = await world.addMerchant("hooli");
    const mine = await call(url, "/v1/oversell-cases");
    expect(mine.body.oversell_cases).toMatchObject([
      { position: 2, merchant_id: "acme", sku: "SOLD-TWICE", order_id: "7", quantity: 2, short: 2, resolved_at: null },
    ]);
    expect((await call(url, "/v1/oversell-cases", { token: other })).body.oversell_cases).toEqual([]);

    const resolve = "/v1/oversell-cases/2/resolve";
    expect((await call(url, resolve, { token: other, method: "POST" })).status).toBe(404);
    expect((await call(url, resolve, { method: "POST" })).status).toBe(204);
    expect((await call(url, resolve, { method: "POST" })).status).toBe(204);
    expect((await call(url, "/v1/oversell-cases")).body.oversell_cases).toEqual([]);
    const all = await call(url, "/v1/oversell-cases?open=false");
    expect(all.body.oversell_cases).toMatchObject([{ position: 2, resolved_at: expect.any(String) }]);
  });
});

describe("for whoever runs it", () => {
  it("says that it is live and ready", async () => {
    expect((await call(url, "/health/live", anonymous)).body).toEqual({ status: "live" });
    expect((await call(url, "/health/ready", anonymous)).body).toEqual({ status: "ready" });
  });

  it("describes its API, and shows no page that another may frame", async () => {
    const { body } = await call(url, "/openapi.json", anonymous);
    expect(Object.keys(body.paths).toSorted()).toEqual([
      "/v1/channels",
      "/v1/channels/{channel_id}",
      "/v1/channels/{channel_id}/import",
      "/v1/channels/{channel_id}/listings",
      "/v1/channels/{channel_id}/listings/{listing_id}",
      "/v1/consents",
      "/v1/consents/{consent_id}",
      "/v1/consents/{consent_id}/finish",
      "/v1/oversell-cases",
      "/v1/oversell-cases/{position}/resolve",
      "/v1/platforms",
      "/v1/stock",
      "/v1/token",
    ]);
    const docs = await call(url, "/docs", anonymous);
    expect(docs).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/html/) });
    expect(docs.headers.get("x-frame-options")).toBe("DENY");
  });

  it("answers what is not there with a problem document", async () => {
    expect(await call(url, "/v1/nothing")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});
