import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "./consents.ts";
import { openWalmart, type WalmartBench } from "./testing.ts";

const redirectUri = "https://hub.example/connected?try=1";
let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart([{ sku: "A", quantity: 5 }]);
});

afterEach(async () => {
  vi.useRealTimers();
  await walmart.simulator.stop();
});

async function consent(changes: Record<string, string> = {}) {
  const query = new URLSearchParams({
    responseType: "code",
    clientId: app.clientId,
    redirectUri,
    clientType: "seller",
    nonce: "22e0688e",
    state: "made-by-us",
    ...changes,
  });
  const response = await fetch(`${walmart.simulator.url}/authorize?${query.toString()}`, { redirect: "manual" });
  const location = response.headers.get("location");
  return { status: response.status, back: location === null ? new URLSearchParams() : new URL(location).searchParams };
}

const code = async () => (await consent()).back.get("code") ?? "";

function token(
  form: Record<string, string>,
  headers: Record<string, string> = {},
  clientSecret: string = app.clientSecret,
) {
  const authorization = `Basic ${btoa(`${app.clientId}:${clientSecret}`)}`;
  return walmart.token(undefined, {
    headers: { authorization, "wm_partner.id": walmart.sellerId, ...headers },
    body: new URLSearchParams(form),
  });
}
const exchange = (given: string, headers?: Record<string, string>, address = redirectUri) =>
  token({ grant_type: "authorization_code", code: given, redirect_uri: address }, headers);
const refresh = (refreshToken: string, headers?: Record<string, string>) =>
  token({ grant_type: "refresh_token", refresh_token: refreshToken }, headers);

describe("a seller's consent to an app", () => {
  it("comes back to the app's address with a code, the seller and the state", async () => {
    const { status, back } = await consent();
    expect(status).toBe(302);
    expect(Object.fromEntries(back)).toEqual({
      try: "1",
      state: "made-by-us",
      code: expect.any(String),
      type: "auth",
      clientId: app.clientId,
      sellerId: walmart.sellerId,
    });
  });

  it("is declined without a code", async () => {
    const { back } = await consent({ sim_decision: "decline" });
    expect([back.get("code"), back.get("error"), back.get("state")]).toEqual([null, "access_denied", "made-by-us"]);
  });

  it.each(["responseType", "clientId", "clientType", "nonce", "state", "redirectUri"])(
    "needs %s on the page's address",
    async (name) => {
      expect((await consent({ [name]: "" })).status).toBe(400);
    },
  );

  it("gives a token of 15 minutes and one to refresh it with for a year, in the seller's name", async () => {
    const { status, body } = await exchange(await code());
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), token_type: "Bearer", expires_in: 900, refresh_token: expect.any(String) },
    ]);
    const headers = { "wm_sec.access_token": body.access_token };
    expect((await walmart.call("GET", "/v3/inventory?sku=A", { headers })).status).toBe(200);
    const again = await refresh(body.refresh_token);
    expect(again.body).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 900 });
    expect((await refresh(body.refresh_token, { "wm_partner.id": "1" })).status).toBe(400);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 366 * 86_400_000 });
    expect((await refresh(body.refresh_token)).status).toBe(400);
  });

  it("is good once, for ten minutes, for that address and that seller", async () => {
    const used = await code();
    expect((await exchange(used)).status).toBe(200);
    expect((await exchange(used)).status).toBe(400);
    expect((await exchange(await code(), { "wm_partner.id": "1" })).status).toBe(400);
    expect((await exchange(await code(), {}, "https://hub.example/other")).status).toBe(400);
    const late = await code();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    expect((await exchange(late)).status).toBe(400);
  });

  it("is of an app whose channel type, where it is named, must be its own", async () => {
    const { access_token: accessToken } = (await exchange(await code())).body;
    const match = async (channelType?: string) => {
      const named = channelType === undefined ? {} : { "wm_consumer.channel.type": channelType };
      const headers = { "wm_sec.access_token": accessToken, ...named };
      return (await walmart.call("GET", "/v3/token/detail", { headers })).body.is_channel_match;
    };
    expect([await match(), await match(app.channelType), await match("another's")]).toEqual([null, true, false]);
  });

  it("is over once the seller takes it back", async () => {
    const { body } = await exchange(await code());
    walmart.simulator.fault({ account: "acme", operation: "getInventory", effect: { type: "revoke" } });
    const headers = { "wm_sec.access_token": body.access_token };
    expect((await walmart.call("GET", "/v3/inventory?sku=A", { headers })).status).toBe(401);
    expect((await refresh(body.refresh_token)).status).toBe(400);
  });

  it("is the app's: its keys get no token for themselves, and a seller's keys none by a code", async () => {
    expect((await token({ grant_type: "client_credentials" })).status).toBe(400);
    const form = { grant_type: "authorization_code", code: await code(), redirect_uri: redirectUri };
    expect((await token(form, {}, "wrong")).status).toBe(400);
    expect((await token({ grant_type: "password" })).status).toBe(400);
  });
});
