import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, serviceToken, startTestLedger, stockedSku, type TestLedger } from "../service.ts";

let service: TestLedger;
let url: string;

beforeAll(async () => {
  service = await startTestLedger();
  url = service.ledger.url;
});
afterAll(() => service.stop());

const stocked = (quantity: number) => stockedSku(url, quantity);

describe("who may ask", () => {
  it("answers 401 without a token or with an unknown one", async () => {
    for (const authorization of ["", "Bearer nonsense", "Basic abc"]) {
      expect(await call(url, "GET", "/v1/stock/A", undefined, { authorization })).toMatchObject({
        status: 401,
        body: { code: "unauthorized" },
      });
    }
  });

  it("keeps merchants apart", async () => {
    const service = { authorization: `Bearer ${serviceToken}` };
    await call(url, "POST", "/v1/merchants", { merchant_id: "other" }, service);
    const made = await call(url, "POST", "/v1/merchants/other/tokens", { label: "test" }, service);
    const other = { authorization: `Bearer ${made.body.token}` };
    const sku = await stocked(4);
    const seen = await call(url, "GET", `/v1/stock/${sku}`, undefined, other);
    expect(seen.body).toMatchObject({ on_hand: 0, locations: [] });
    expect((await call(url, "GET", "/v1/events?limit=10", undefined, other)).body.events).toEqual([]);
    expect((await call(url, "POST", "/v1/merchants", { merchant_id: "x" }, other)).status).toBe(403);
  });

  it("asks a service token for the merchant, and knows whom it does not know", async () => {
    const authorization = `Bearer ${serviceToken}`;
    const named = (merchant: string) => ({ authorization, "lastunit-merchant": merchant });
    expect((await call(url, "GET", "/v1/stock/A", undefined, { authorization })).body.code).toBe("merchant_required");
    expect(await call(url, "GET", "/v1/stock/A", undefined, named("nobody"))).toMatchObject({
      status: 404,
      body: { code: "unknown_merchant" },
    });
    expect((await call(url, "GET", "/v1/stock/A", undefined, named("acme"))).status).toBe(200);
  });

  it("lists a merchant's tokens without showing them, and forgets one that was revoked within 10 seconds", async () => {
    const service = { authorization: `Bearer ${serviceToken}` };
    const tokens = "/v1/merchants/revoked/tokens";
    await call(url, "POST", "/v1/merchants", { merchant_id: "revoked" }, service);
    const { token } = (await call(url, "POST", tokens, { label: "shop" }, service)).body;
    await call(url, "POST", tokens, { label: "till" }, service);
    const listed = await call(url, "GET", tokens, undefined, service);
    expect(listed.body.tokens).toMatchObject([
      { label: "shop", revoked_at: null, created_at: expect.stringMatching(/T.*Z$/) },
      { label: "till", revoked_at: null },
    ]);
    expect(JSON.stringify(listed.body)).not.toContain(token);

    const stock = () => call(url, "GET", "/v1/stock/A", undefined, { authorization: `Bearer ${token}` });
    expect((await stock()).status).toBe(200);
    const [{ token_id }] = listed.body.tokens;
    const revoked = await call(url, "DELETE", `${tokens}/${token_id}`, undefined, service);
    expect(revoked).toMatchObject({ status: 200, body: { token_id, label: "shop", revoked_at: expect.any(String) } });
    expect((await call(url, "DELETE", `${tokens}/${token_id}`, undefined, service)).body).toEqual(revoked.body);
    expect((await call(url, "GET", tokens, undefined, service)).body.tokens).toMatchObject([
      revoked.body,
      { label: "till", revoked_at: null },
    ]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 });
    try {
      expect((await stock()).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps a token revoked that it is started with again", async () => {
    const started = await startTestLedger();
    try {
      const service = { authorization: `Bearer ${serviceToken}` };
      const tokens = "/v1/merchants/acme/tokens";
      const [{ token_id }] = (await call(started.ledger.url, "GET", tokens, undefined, service)).body.tokens;
      await call(started.ledger.url, "DELETE", `${tokens}/${token_id}`, undefined, service);
      const { url: again } = await started.another();
      expect((await call(again, "GET", "/v1/stock/A")).status).toBe(401);
    } finally {
      await started.stop();
    }
  });

  it("lets nobody but a service token list and revoke, and no token of another merchant be revoked", async () => {
    const service = { authorization: `Bearer ${serviceToken}` };
    const [{ token_id }] = (await call(url, "GET", "/v1/merchants/acme/tokens", undefined, service)).body.tokens;
    expect((await call(url, "GET", "/v1/merchants/acme/tokens")).status).toBe(403);
    expect((await call(url, "DELETE", `/v1/merchants/acme/tokens/${token_id}`)).status).toBe(403);
    await call(url, "POST", "/v1/merchants", { merchant_id: "neighbour" }, service);
    for (const path of [`neighbour/tokens/${token_id}`, "acme/tokens/0123456789abcdef", "nobody/tokens/x"]) {
      const answer = await call(url, "DELETE", `/v1/merchants/${path}`, undefined, service);
      expect(answer).toMatchObject({ status: 404, body: { code: "unknown_token" } });
    }
    expect(await call(url, "GET", "/v1/merchants/nobody/tokens", undefined, service)).toMatchObject({
      status: 404,
      body: { code: "unknown_merchant" },
    });
    expect((await call(url, "GET", "/v1/stock/A")).status).toBe(200);
  });

  it("shows health, metrics and its OpenAPI document to anyone", async () => {
    for (const path of ["/health/live", "/health/ready", "/openapi.json"]) {
      expect((await fetch(url + path)).status).toBe(200);
    }
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu");
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const { body } = await call(url, "GET", "/openapi.json");
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        "/v1/events",
        "/v1/reservations",
        "/v1/reservations/{id}/commit",
        "/v1/stock/{sku}/history",
      ]),
    );
  });
});
