import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
