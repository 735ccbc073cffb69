import { describe, expect, it } from "vitest";
import { useService } from "../fixtures.ts";

const { ask, stocked } = useService();

describe("odd requests", () => {
  it("takes an empty body under a JSON content type as no body", async () => {
    const sku = await stocked(1);
    await ask("POST", "/v1/reservations", {
      reservation_id: "odd-1",
      lines: [{ sku, location_id: "WH1", quantity: 1 }],
      ttl_seconds: 60,
    });
    const json = { "content-type": "application/json" };
    expect((await ask("POST", "/v1/reservations/odd-1/commit", "", json)).status).toBe(200);
    expect((await ask("POST", "/v1/audit", "", json)).status).toBe(200);
  });

  it("answers an address that can't be decoded with a problem document", async () => {
    const answer = await ask("GET", "/v1/stock/%zz");
    expect(answer).toMatchObject({ status: 400, body: { code: "bad_request" } });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  it("answers an unknown address with a problem document", async () => {
    expect(await ask("GET", "/v2/anything")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});
