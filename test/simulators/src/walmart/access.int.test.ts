import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openWalmart, type WalmartBench } from "./testing.ts";

let walmart: WalmartBench;

beforeEach(async () => {
  // A clock that stands still: no limit refills unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  walmart = await openWalmart([{ sku: "A", quantity: 5 }]);
});

afterEach(async () => {
  vi.useRealTimers();
  await walmart.simulator.stop();
});

const read = (init?: Parameters<WalmartBench["call"]>[2]) => walmart.call("GET", "/v3/inventory?sku=A", init);

describe("tokens", () => {
  it("live fifteen minutes and come without a refresh token", async () => {
    expect((await walmart.token()).body).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 900,
    });
    vi.setSystemTime(Date.now() + 899_000);
    expect((await read()).status).toBe(200);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await read()).toMatchObject({ status: 401, body: { errors: [{ code: "UNAUTHORIZED.GMP_GATEWAY_API" }] } });
  });

  it("come in XML when the call does not ask for JSON by name", async () => {
    const { status, headers, body } = await walmart.token(undefined, { headers: { accept: "*/*" } });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/xml");
    expect(body).toMatch(/^<\?xml .*<response><access_token>.*<expires_in>900<\/expires_in><\/response>$/);
  });

  it("are refused with 400 for a wrong secret or missing headers", async () => {
    expect(await walmart.token("wrong")).toMatchObject({
      status: 400,
      body: { errors: [{ code: "UNAUTHORIZED.GMP_GATEWAY_API" }] },
    });
    const header = { code: "INVALID_REQUEST_HEADER.GMP_GATEWAY_API" };
    for (const name of ["wm_svc.name", "wm_qos.correlation_id"]) {
      const refused = await walmart.token(undefined, { without: [name] });
      expect(refused).toMatchObject({ status: 400, body: { errors: [header] } });
    }
  });

  it("tell in their detail until when they work and what they may do", async () => {
    const { body } = await walmart.call("GET", "/v3/token/detail");
    expect(body).toMatchObject({ is_valid: true, is_channel_match: true, scopes: { inventory: "full_access" } });
    expect(Number(body.expire_at) - Number(body.issued_at)).toBe(900_000);
    const stranger = { headers: { "wm_sec.access_token": "made-up" } };
    expect((await walmart.call("GET", "/v3/token/detail", stranger)).status).toBe(401);
  });

  it("once revoked, neither the token nor the keys work", async () => {
    walmart.simulator.fault({ account: "acme", effect: { type: "revoke" } });
    expect((await read()).status).toBe(401);
    expect((await walmart.token()).status).toBe(400);
  });
});

describe("business calls", () => {
  it("need the token, a correlation id and the service name", async () => {
    expect((await read()).status).toBe(200);
    expect((await read({ without: ["wm_sec.access_token"] })).status).toBe(401);
    expect((await read({ without: ["wm_qos.correlation_id"] })).status).toBe(400);
    expect((await read({ without: ["wm_svc.name"] })).status).toBe(400);
  });

  it("answer in XML when JSON isn't asked for", async () => {
    const { body } = await read({ headers: { accept: "*/*" } });
    expect(body).toContain("<sku>A</sku><quantity><unit>EACH</unit><amount>5</amount></quantity>");
  });

  it("tell whose token it is: the partner, not the shop's number on walmart.com", async () => {
    const { status, body } = await walmart.call("GET", "/v3/settings/partnerprofile");
    expect({ status, partnerId: body.partner.partnerId }).toEqual({ status: 200, partnerId: walmart.sellerId });
    expect(body.partner.partnerStoreId).not.toBe(walmart.sellerId);
  });

  it("show each seller only their own", async () => {
    await walmart.simulator.addAccount({ account: "other", listings: [{ sku: "B", quantity: 1 }] });
    const { status, body } = await walmart.call("GET", "/v3/inventory?sku=B");
    expect(status).toBe(404);
    expect(body.errors[0].code).toBe("CONTENT_NOT_FOUND.GMP_INVENTORY_API");
  });
});

describe("scopes", () => {
  it("that a key was not granted answer 403, and the token's detail tells which it has", async () => {
    const permissions = ["inventory:view_only", "orders"];
    const viewer = await walmart.simulator.addAccount({
      account: "viewer",
      listings: [{ sku: "A", quantity: 1 }],
      permissions,
    });
    const basic = btoa(`${viewer.credentials["clientId"]}:${viewer.credentials["clientSecret"]}`);
    const { body } = await walmart.token(undefined, { headers: { authorization: `Basic ${basic}` } });
    const headers = { "wm_sec.access_token": body.access_token };
    const scopes = { inventory: "view_only", orders: "full_access", feeds: "no_access", price: "no_access" };
    expect((await walmart.call("GET", "/v3/token/detail", { headers })).body).toMatchObject({ scopes });
    expect((await walmart.call("GET", "/v3/inventories/A", { headers })).status).toBe(200);
    const json = { sku: "A", quantity: { unit: "EACH", amount: 1 } };
    expect(await walmart.call("PUT", "/v3/inventory?sku=A", { headers, json })).toMatchObject({
      status: 403,
      body: { errors: [{ code: "FORBIDDEN.GMP_GATEWAY_API", field: "inventory" }] },
    });
    for (const path of ["/v3/items?limit=1", "/v3/returns", "/v3/feeds", "/v3/promo/sku/A"]) {
      expect((await walmart.call("GET", path, { headers })).status).toBe(403);
    }
    // None there, but they may be asked for.
    expect((await walmart.call("GET", "/v3/orders", { headers })).status).toBe(404);
  });

  it("have names: another one is refused", async () => {
    const seed = { account: "odd", listings: [], permissions: ["everything"] };
    await expect(walmart.simulator.addAccount(seed)).rejects.toThrow("everything is no Walmart scope");
  });
});

describe("rate limits", () => {
  it("count down per endpoint and answer 429 with the time of the next token", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 5 }], { scaleLimits: 0.01 });
    const counts = [await read(), await read()].map(({ headers }) => headers.get("x-current-token-count"));
    expect(counts).toEqual(["1", "0"]);

    const refused = await read();
    expect(refused).toMatchObject({
      status: 429,
      body: { errors: [{ code: "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API" }] },
    });
    expect(walmart.events("call").at(-1)).toMatchObject({ operation: "getInventory", throttled: true });
    expect((await walmart.call("GET", "/v3/inventories/A")).status).toBe(200);

    vi.setSystemTime(Number(refused.headers.get("x-next-replenishment-time")) - 1);
    expect((await read()).status).toBe(429);
    vi.setSystemTime(Number(refused.headers.get("x-next-replenishment-time")) + 1);
    expect((await read()).status).toBe(200);
  });

  it("may be told in ISO 8601 as well", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 5 }], { timeFormat: "iso" });
    const nextAt = (await read()).headers.get("x-next-replenishment-time") ?? "";
    expect(new Date(nextAt).toISOString()).toBe(nextAt);
  });

  it("belong to one seller", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 5 }], { scaleLimits: 0.005 });
    expect([(await read()).status, (await read()).status]).toEqual([200, 429]);
    const other = await walmart.simulator.addAccount({ account: "other", listings: [{ sku: "A", quantity: 1 }] });
    const basic = btoa(`${other.credentials["clientId"]}:${other.credentials["clientSecret"]}`);
    const { body } = await walmart.token(undefined, { headers: { authorization: `Basic ${basic}` } });
    expect((await read({ headers: { "wm_sec.access_token": body.access_token } })).status).toBe(200);
  });
});
