import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEbay, scope, sellerScopes, type EbayBench } from "./testing.ts";

const back = "https://hub.example/connected?from=ebay";
let ebay: EbayBench;

beforeEach(async () => {
  ebay = await openEbay([{ sku: "A", quantity: 5 }]);
});
afterEach(async () => {
  vi.useRealTimers();
  await ebay.simulator.stop();
});

async function consent(changes: { readonly [name: string]: string | undefined } = {}) {
  const asked = {
    client_id: ebay.keys.appId,
    redirect_uri: ebay.ruName,
    response_type: "code",
    scope: sellerScopes,
    state: "a state & more",
    sim_redirect: back,
    ...changes,
  };
  const query = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const url = `${ebay.simulator.url}/oauth2/authorize?${new URLSearchParams(query).toString()}`;
  const response = await fetch(url, { redirect: "manual", headers: { "x-sim-host": "auth.ebay.com" } });
  return { status: response.status, location: new URL(response.headers.get("location") ?? "none:") };
}

const codeOf = async () => (await consent()).location.searchParams.get("code") ?? "";
const exchange = (code: string, ruName = ebay.ruName, keys = ebay.keys) =>
  ebay.token({ grant_type: "authorization_code", code, redirect_uri: ruName }, keys);

describe("the consent page", () => {
  it("sends the browser back with a code and the state as it was", async () => {
    const { status, location } = await consent();
    expect(status).toBe(302);
    expect(`${location.origin}${location.pathname}`).toBe("https://hub.example/connected");
    expect(Object.fromEntries(location.searchParams)).toEqual({
      from: "ebay",
      state: "a state & more",
      code: expect.stringMatching(/^v\^1\.1#.*%2B$/u),
      expires_in: "299",
    });
  });

  it("sends it back without a code when the seller declines", async () => {
    const { status, location } = await consent({ sim_decision: "decline" });
    expect([status, location.searchParams.get("code")]).toEqual([302, null]);
  });

  it.each([
    ["an unknown application", { client_id: "nobody" }],
    ["an address in place of the RuName", { redirect_uri: back }],
    ["another response type", { response_type: "token" }],
    ["an unknown scope", { scope: `${scope}/sell.everything` }],
    ["no scope", { scope: undefined }],
    ["nowhere to go", { sim_redirect: undefined }],
  ])("refuses %s", async (_, changes) => {
    expect((await consent(changes)).status).toBe(400);
  });
});

describe("a code", () => {
  it("is traded once for tokens that work", async () => {
    const code = await codeOf();
    const { status, body } = await exchange(code);
    expect(status).toBe(200);
    expect(body).toMatchObject({ expires_in: 7_200, refresh_token_expires_in: 47_304_000 });
    const items = await ebay.call("GET", "/sell/inventory/v1/inventory_item", { token: body.access_token });
    expect(items.status).toBe(200);
    const again = await ebay.token({ grant_type: "refresh_token", refresh_token: body.refresh_token });
    expect(again).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
    expect(await exchange(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("works with its own RuName and keyset alone", async () => {
    const other = await ebay.simulator.addAccount({ account: "other", listings: [] });
    const keys = { appId: other.credentials["appId"] ?? "", certId: other.credentials["certId"] ?? "" };
    expect(await exchange(await codeOf(), back)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const foreign = await exchange(await codeOf(), other.settings["ruName"], keys);
    expect(foreign).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("is too old after five minutes", async () => {
    const code = await codeOf();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 300_000 });
    expect(await exchange(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("a consent", () => {
  it("holds what was asked for and no more", async () => {
    const { location } = await consent({ scope: `${scope} ${scope}/sell.inventory` });
    const { body } = await exchange(location.searchParams.get("code") ?? "");
    const wider = { grant_type: "refresh_token", refresh_token: body.refresh_token, scope: sellerScopes };
    expect(await ebay.token(wider)).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  });

  it("ends after eighteen months", async () => {
    const form = { grant_type: "refresh_token", refresh_token: ebay.refreshToken };
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 47_303_000_000 });
    expect((await ebay.token(form)).status).toBe(200);
    vi.setSystemTime(Date.now() + 2_000_000);
    expect(await ebay.token(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("given anew after a revocation works, while the old one stays dead", async () => {
    ebay.simulator.fault({ operation: "getInventoryItems", effect: { type: "revoke" } });
    await ebay.call("GET", "/sell/inventory/v1/inventory_item", { token: await ebay.userToken() });
    expect((await exchange(await codeOf())).status).toBe(200);
    const old = await ebay.token({ grant_type: "refresh_token", refresh_token: ebay.refreshToken });
    expect(old).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("of a seed with few permissions lacks the others, and an unknown one is no permission", async () => {
    await ebay.simulator.stop();
    ebay = await openEbay([], {}, { permissions: ["sell.inventory"] });
    const ask = (asked: string) =>
      ebay.token({ grant_type: "refresh_token", refresh_token: ebay.refreshToken, scope: asked });
    expect(await ask(sellerScopes)).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
    expect((await ask(`${scope} ${scope}/sell.inventory`)).status).toBe(200);
    const opening = ebay.simulator.addAccount({ account: "x", listings: [], permissions: ["sell.all"] });
    await expect(opening).rejects.toThrow("eBay has no scope");
  });
});
