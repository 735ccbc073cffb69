import { describe, expect, it, vi } from "vitest";
import type { LogEvent } from "../../src/http/schemas.ts";
import { useService } from "../fixtures.ts";
import { asOperator, call, event, serviceToken, startTestLedger } from "../service.ts";

const its = useService();
const { ask, stocked } = its;

describe("who may ask", () => {
  it("answers 401 without a token or with an unknown one", async () => {
    for (const authorization of ["", "Bearer nonsense", "Basic abc"]) {
      expect(await ask("GET", "/v1/stock/A", undefined, { authorization })).toMatchObject({
        status: 401,
        body: { code: "unauthorized" },
      });
    }
  });

  it("keeps merchants apart", async () => {
    await ask("POST", "/v1/merchants", { merchant_id: "other" }, asOperator);
    const made = await ask("POST", "/v1/merchants/other/tokens", { label: "test" }, asOperator);
    const other = { authorization: `Bearer ${made.body.token}` };
    const sku = await stocked(4);
    const seen = await ask("GET", `/v1/stock/${sku}`, undefined, other);
    expect(seen.body).toMatchObject({ on_hand: 0, locations: [] });
    expect((await ask("GET", "/v1/events?limit=10", undefined, other)).body.events).toEqual([]);
    expect((await ask("POST", "/v1/merchants", { merchant_id: "x" }, other)).status).toBe(403);
  });

  it("keeps merchants apart who use the same SKU and location: in the stock, its history, and the balance at a time", async () => {
    await ask("POST", "/v1/merchants", { merchant_id: "twin" }, asOperator);
    const made = await ask("POST", "/v1/merchants/twin/tokens", { label: "test" }, asOperator);
    const twin = { authorization: `Bearer ${made.body.token}` };
    const sku = await stocked(4);
    await ask("POST", "/v1/events", { events: [event({ sku, quantity: 7 })] }, twin);
    await ask("POST", "/v1/events", { events: [event({ sku, event_type: "inventory.sale", quantity: 1 })] });
    const address = `/v1/stock/${sku}`;
    for (const [headers, onHand, changes] of [
      [undefined, 3, [-1, 4]],
      [twin, 7, [7]],
    ] as const) {
      expect((await ask("GET", address, undefined, headers)).body).toMatchObject({ on_hand: onHand });
      const { events } = (await ask("GET", `${address}/history`, undefined, headers)).body;
      expect(events.map((one: LogEvent) => one.quantity_change)).toEqual(changes);
      const then = await ask("GET", `${address}/history?at=9999-12-31T00:00:00Z`, undefined, headers);
      expect(then.body).toMatchObject({ on_hand: onHand, locations: [{ location_id: "WH1", on_hand: onHand }] });
    }
  });

  it("asks a service token for the merchant, and knows whom it does not know", async () => {
    const authorization = `Bearer ${serviceToken}`;
    const named = (merchant: string) => ({ authorization, "lastunit-merchant": merchant });
    expect((await ask("GET", "/v1/stock/A", undefined, { authorization })).body.code).toBe("merchant_required");
    expect(await ask("GET", "/v1/stock/A", undefined, named("nobody"))).toMatchObject({
      status: 404,
      body: { code: "unknown_merchant" },
    });
    expect((await ask("GET", "/v1/stock/A", undefined, named("acme"))).status).toBe(200);
  });

  it("lists a merchant's tokens without showing them, and forgets one that was revoked within 10 seconds", async () => {
    const tokens = "/v1/merchants/revoked/tokens";
    await ask("POST", "/v1/merchants", { merchant_id: "revoked" }, asOperator);
    const { token } = (await ask("POST", tokens, { label: "shop" }, asOperator)).body;
    await ask("POST", tokens, { label: "till" }, asOperator);
    const listed = await ask("GET", tokens, undefined, asOperator);
    expect(listed.body.tokens).toMatchObject([
      { label: "shop", revoked_at: null, created_at: expect.stringMatching(/T.*Z$/) },
      { label: "till", revoked_at: null },
    ]);
    expect(JSON.stringify(listed.body)).not.toContain(token);

    const stock = () => ask("GET", "/v1/stock/A", undefined, { authorization: `Bearer ${token}` });
    expect((await stock()).status).toBe(200);
    const [{ token_id }] = listed.body.tokens;
    const revoked = await ask("DELETE", `${tokens}/${token_id}`, undefined, asOperator);
    expect(revoked).toMatchObject({ status: 200, body: { token_id, label: "shop", revoked_at: expect.any(String) } });
    expect((await ask("DELETE", `${tokens}/${token_id}`, undefined, asOperator)).body).toEqual(revoked.body);
    expect((await ask("GET", tokens, undefined, asOperator)).body.tokens).toMatchObject([
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
      const tokens = "/v1/merchants/acme/tokens";
      const [{ token_id }] = (await call(started.ledger.url, "GET", tokens, undefined, asOperator)).body.tokens;
      await call(started.ledger.url, "DELETE", `${tokens}/${token_id}`, undefined, asOperator);
      const { url: again } = await started.another();
      expect((await call(again, "GET", "/v1/stock/A")).status).toBe(401);
    } finally {
      await started.stop();
    }
  });

  it("lets nobody but a service token list and revoke, and no token of another merchant be revoked", async () => {
    const [{ token_id }] = (await ask("GET", "/v1/merchants/acme/tokens", undefined, asOperator)).body.tokens;
    expect((await ask("GET", "/v1/merchants/acme/tokens")).status).toBe(403);
    expect((await ask("DELETE", `/v1/merchants/acme/tokens/${token_id}`)).status).toBe(403);
    await ask("POST", "/v1/merchants", { merchant_id: "neighbour" }, asOperator);
    for (const path of [`neighbour/tokens/${token_id}`, "acme/tokens/0123456789abcdef", "nobody/tokens/x"]) {
      const answer = await ask("DELETE", `/v1/merchants/${path}`, undefined, asOperator);
      expect(answer).toMatchObject({ status: 404, body: { code: "unknown_token" } });
    }
    expect(await ask("GET", "/v1/merchants/nobody/tokens", undefined, asOperator)).toMatchObject({
      status: 404,
      body: { code: "unknown_merchant" },
    });
    expect((await ask("GET", "/v1/stock/A")).status).toBe(200);
  });

  it("shows health, metrics and its OpenAPI document to anyone", async () => {
    for (const path of ["/health/live", "/health/ready", "/openapi.json"]) {
      expect((await fetch(its.url + path)).status).toBe(200);
    }
    expect(await (await fetch(`${its.url}/metrics`)).text()).toContain("process_cpu");
    expect((await fetch(`${its.url}/docs`)).status).toBe(200);
    const { body } = await ask("GET", "/openapi.json");
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
