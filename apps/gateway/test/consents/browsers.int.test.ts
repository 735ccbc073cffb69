import { adapters } from "@lastunit/adapters";
import type { SimulatedKind } from "@lastunit/simulators";
import { describe, expect, it } from "vitest";
import { everythingStored, platforms } from "../accounts.ts";
import { call, logIn, openBrowser, type Browser } from "../calls.ts";
import { ACME_TOKEN } from "../world.ts";
import { asAccount, decide, useConsents } from "./fixtures.ts";

const its = useConsents();
const { begin, comeBack, find, finish } = its;

describe("a browser that did not set out", () => {
  const strangers: readonly [string, () => Promise<Browser>][] = [
    ["without a cookie of ours", async () => openBrowser()],
    ["with a secret that it made up", async () => openBrowser(`lastunit_consent=${"x".repeat(43)}`)],
    [
      "in which another merchant is logged in and began a consent",
      async () => {
        const other = openBrowser(await logIn(its.url, await its.world.addMerchant("globex")));
        await other.call(its.url, "/v1/consents", { body: (await its.open("ebay")).request });
        return other;
      },
    ],
  ];

  it.each(strangers)("brings nothing in: %s", async (_, openOne) => {
    const { account, id, page } = await begin("ebay");
    const callback = await decide(page);
    const refused = await comeBack(callback, await openOne());
    expect(refused).toMatchObject({ status: 403, contentType: "text/html; charset=utf-8" });
    expect(refused.text).toContain("Nothing was connected: this browser is not the one that set out");
    expect(refused.text).toContain(`${its.url}/connect?kind=ebay`);
    expect((await find(id)).body).toMatchObject({ status: "waiting", reason: null });
    expect(await finish(id)).toMatchObject({ status: 409, body: { code: "not_granted" } });
    expect(await its.isConnected(account)).toBe(false);
  });

  it("takes nothing from the one that did: it comes back and is granted", async () => {
    const { id, page } = await begin("shopify");
    const callback = await decide(page);
    expect((await comeBack(callback, openBrowser())).status).toBe(403);
    expect((await comeBack(callback)).status).toBe(200);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("can't decline for it either", async () => {
    const { id, page } = await begin("shopify");
    expect((await comeBack(await decide(page, "decline"), openBrowser())).status).toBe(403);
    expect((await find(id)).body.status).toBe("waiting");
  });
});

describe("the cookie of a browser that sets out", () => {
  it("is out of reach of scripts and of other sites' requests, and ends with the consent", async () => {
    const one = openBrowser(await logIn(its.url, ACME_TOKEN));
    const { request } = await its.open("ebay");
    await one.call(its.url, "/v1/consents", { body: request });
    expect(one.told).toEqual([
      expect.stringMatching(/^lastunit_consent=[\w-]{43}; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    // Another consent in another tab: the first must not be lost.
    await one.call(its.url, "/v1/consents", { body: request });
    const [first, second] = one.told.map((line) => line.split(";")[0]);
    expect(second).toBe(first);
  });

  it("can't be set by a sibling domain, nor read on the way, where we are reached by https", async () => {
    const behindTls = await its.world.another({ publicUrl: "https://stock.example.com" });
    const one = openBrowser(await logIn(behindTls.url, ACME_TOKEN));
    await one.call(behindTls.url, "/v1/consents", { body: (await its.open("ebay")).request });
    expect(one.told).toEqual([
      expect.stringMatching(/^__Host-lastunit_consent=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    expect(one.told.join()).not.toContain("Domain");
  });

  it("is stored as a hash alone", async () => {
    const one = openBrowser(await logIn(its.url, ACME_TOKEN));
    await one.call(its.url, "/v1/consents", { body: (await its.open("ebay")).request });
    const [, secret = ""] = /=([\w-]{43});/.exec(one.told.join()) ?? [];
    expect(secret).not.toBe("");
    expect((await everythingStored(its.world)) + its.world.logged()).not.toContain(secret);
  });
});

describe("a consent begun with a token", () => {
  /** As the command line begins it: it shows the address, and whoever opens it sets out from there. */
  async function beginWithToken(kind: SimulatedKind) {
    const { account, request } = await its.open(kind);
    const { status, body, headers } = await call(its.url, "/v1/consents", { body: request });
    expect({ status, cookies: headers.getSetCookie() }).toEqual({ status: 201, cookies: [] });
    const start = new URL(body.url);
    expect(`${start.origin}${start.pathname}`).toBe(`${its.url}/consent/${kind}/start`);
    return { account, id: String(body.consent_id), start: start.pathname + start.search };
  }

  /** @returns the platform's page that the browser is sent on to. */
  async function setOut(by: Browser, start: string, account: string): Promise<string> {
    const left = await by.call(its.url, start, { method: "POST" });
    expect(left.status).toBe(200);
    return asAccount((left.headers.get("refresh") ?? "").replace(/^0; url=/, ""), account);
  }

  it.each(platforms)(
    "says what it is about before it leads to %s, and is granted to the browser that went there",
    async (kind) => {
      const { account, id, start } = await beginWithToken(kind);
      const one = openBrowser();
      const asked = await one.call(its.url, start);
      expect(asked).toMatchObject({ status: 200, contentType: "text/html; charset=utf-8" });
      for (const named of [adapters[kind].title, "acme"]) expect(asked.text).toContain(`<strong>${named}</strong>`);
      expect(asked.text).not.toContain(new URL(its.world.simulators[kind].url).host);
      expect(one.told).toEqual([]);

      const back = await comeBack(await decide(await setOut(one, start, account)), one);
      expect(back).toMatchObject({ status: 200, text: expect.stringContaining("grants access") });
      expect((await finish(id)).status).toBe(201);
      expect((await one.call(its.url, start)).status).toBe(404);
    },
  );

  it("is not granted to who was sent to the platform's page without setting out from ours", async () => {
    const { account, id, start } = await beginWithToken("ebay");
    const page = await setOut(openBrowser(), start, account);
    const lured = openBrowser();
    expect((await comeBack(await decide(page), lured)).status).toBe(403);
    expect((await find(id)).body.status).toBe("waiting");
  });

  it("is of the first browser that sets out; another one is told to begin again", async () => {
    const { account, id, start } = await beginWithToken("ebay");
    const [one, other] = [openBrowser(), openBrowser()];
    const page = await setOut(one, start, account);
    expect(await other.call(its.url, start)).toMatchObject({
      status: 403,
      text: expect.stringContaining("Begin again at"),
    });
    expect((await other.call(its.url, start, { method: "POST" })).status).toBe(404);
    expect(await setOut(one, start, account)).toBe(page);
    expect((await comeBack(await decide(page), one)).status).toBe(200);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("can't be set out for by another site's page in the merchant's name", async () => {
    const { start } = await beginWithToken("ebay");
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const answer = await call(its.url, start, { method: "POST", token: null, headers });
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each(["", "?state=", "?state=guess"])("that nobody waits for can't be set out for: %j", async (query) => {
    for (const method of ["GET", "POST"]) {
      const answer = await openBrowser().call(its.url, `/consent/shopify/start${query}`, { method });
      expect(answer).toMatchObject({ status: 404, text: expect.stringContaining("Nobody waits for this consent") });
    }
  });
});
