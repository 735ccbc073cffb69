import { EncryptJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, form, logIn } from "./calls.ts";
import { ACME_TOKEN, SERVICE_TOKEN, startWorld, type World } from "./world.ts";

let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld();
  url = world.gateway.url;
});
afterAll(() => world.stop());

const anonymous = { token: null };
const submit = (fields: Record<string, string>, headers: Record<string, string> = {}, to = url) =>
  call(to, "/login", { ...anonymous, body: new URLSearchParams(fields).toString(), headers: { ...form, ...headers } });
const withCookie = (cookie: string) => call(url, "/v1/channels", { ...anonymous, headers: { cookie } });

describe("a login", () => {
  it("trades a token for an encrypted cookie that no script reads and no other site sends", async () => {
    const answer = await submit({ token: ACME_TOKEN, next: "/docs" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/docs");
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^lastunit_session=\S+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(ACME_TOKEN);
  });

  it("makes a cookie for https and this host alone when the public address is https", async () => {
    const { url: secure } = await world.another({ publicUrl: "https://stock.example" });
    const [cookie] = (await submit({ token: ACME_TOKEN }, {}, secure)).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-lastunit_session=\S+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const plain = await call(secure, "/v1/channels", {
      ...anonymous,
      headers: { cookie: String(cookie).replace("__Host-", "") },
    });
    expect(plain.status).toBe(401);
  });

  it.each(["not-a-token", "tökén <script>", "line\nbreak", "x".repeat(10_000)])(
    "with a wrong token shows the page again, 401, and does not repeat it: %j",
    async (token) => {
      const answer = await submit({ token });
      expect(answer).toMatchObject({ status: 401, contentType: "text/html; charset=utf-8" });
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.text).toContain("unknown or was revoked");
      expect(answer.text + world.logged()).not.toContain(token);
    },
  );

  it("is refused for a while to an address that tries too often, and says until when", async () => {
    const { url: other } = await world.another({});
    const tries = await Promise.all(Array.from({ length: 31 }, () => submit({ token: "guess" }, {}, other)));
    const refused = tries.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.body).toMatchObject({ code: "too_many_logins" });
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("is a page that no other page frames and no cache keeps", async () => {
    const { headers } = await call(url, "/login", anonymous);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("writes where to go on as text, never as HTML", async () => {
    const { text } = await call(url, `/login?next=${encodeURIComponent('/"><script>alert(1)</script>')}`, anonymous);
    expect(text).not.toContain("<script>");
  });

  it.each([
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
  ])("never leads to another site: %j", async (next) => {
    expect((await submit({ token: ACME_TOKEN, next })).headers.get("location")).toBe("/");
  });

  it.each([
    ["cross-site", { "sec-fetch-site": "cross-site" }],
    ["same-site", { "sec-fetch-site": "same-site" }],
    ["from another origin, told by Origin alone", { origin: "http://evil.example" }],
    ["from a page without an origin", { origin: "null" }],
  ])("posted %s is refused", async (_, headers) => {
    const answer = await submit({ token: ACME_TOKEN }, headers);
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each([
    ["by Sec-Fetch-Site", () => ({ "sec-fetch-site": "same-origin" })],
    ["by Origin", () => ({ origin: url })],
  ])("posted by our own page, told %s, is taken", async (_, headers) => {
    expect((await submit({ token: ACME_TOKEN }, headers())).status).toBe(303);
  });
});

describe("a session", () => {
  it("is who logged in", async () => {
    expect((await withCookie(await logIn(url, ACME_TOKEN))).status).toBe(200);
  });

  it("that was tampered with, or made by a stranger, is none", async () => {
    const cookie = await logIn(url, ACME_TOKEN);
    const [name, value = ""] = cookie.split("=");
    const [head, , iv, sealed, tag] = value.split(".");
    const strangers = await new EncryptJWT({ token: SERVICE_TOKEN, merchant: null })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime("1h")
      .encrypt(new Uint8Array(32));
    const unsealed = Buffer.from(JSON.stringify({ token: ACME_TOKEN, merchant: null })).toString("base64url");
    const mirrored = Buffer.from(String(sealed)).toString("base64url").slice(0, sealed?.length);
    for (const forged of [
      strangers,
      unsealed,
      `${head}..${iv}.${mirrored}.${tag}`,
      `${head}..${iv}.${sealed}.`,
      "",
      ".",
    ]) {
      expect((await withCookie(`${name}=${forged}`)).status).toBe(401);
    }
    expect((await withCookie(`${name}=${value}`)).status).toBe(200);
  });

  it("ends after twelve hours, whatever the browser keeps", async () => {
    const cookie = await logIn(url, ACME_TOKEN);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 12 * 3_600_000 + 1_000 });
    try {
      expect((await withCookie(cookie)).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  it("ends with its token: within 20 seconds of its being revoked", async () => {
    const token = await world.addMerchant("leaving");
    const cookie = await logIn(url, token);
    expect((await withCookie(cookie)).status).toBe(200);
    const [entry] = await world.ledger.tokens("leaving");
    await world.ledger.revokeToken("leaving", entry?.token_id ?? "");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 20_000 });
    try {
      expect((await withCookie(cookie)).status).toBe(401);
      expect((await submit({ token })).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is taken off the browser by logging out", async () => {
    const answer = await call(url, "/logout", {
      ...anonymous,
      method: "POST",
      headers: { cookie: await logIn(url, ACME_TOKEN) },
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^lastunit_session=; .*Expires=Thu, 01 Jan 1970/);
  });

  it("can't be ended by another site", async () => {
    const answer = await call(url, "/logout", {
      ...anonymous,
      method: "POST",
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(answer.status).toBe(403);
  });

  it("can't be made to connect a channel by another site", async () => {
    const cookie = await logIn(url, ACME_TOKEN);
    const foreign = { cookie, "sec-fetch-site": "cross-site" };
    const answer = await call(url, "/v1/channels", { ...anonymous, body: { kind: "webhook" }, headers: foreign });
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
  });

  it("of a merchant is that merchant's, whatever its header says", async () => {
    const token = await world.addMerchant("globex");
    const cookie = await logIn(url, token);
    const body = { kind: "webhook", credentials: { secret: `whsec_${"A".repeat(32)}` }, settings: { name: "Mine" } };
    const headers = { cookie, "lastunit-merchant": "acme" };
    const connected = await call(url, "/v1/channels", {
      ...anonymous,
      body: { ...body, default_location_id: "W" },
      headers,
    });
    expect(connected.status).toBe(201);
    const seen = await call(url, "/v1/channels", { ...anonymous, headers });
    expect(seen.body.channels.map((channel: { merchant_id: string }) => channel.merchant_id)).toEqual(["globex"]);
    expect((await call(url, "/v1/channels", { token: ACME_TOKEN })).body.channels).toEqual([]);
    expect((await call(url, "/v1/channels", { token: SERVICE_TOKEN })).body.channels).toHaveLength(1);
  });
});
