import type { Pacer } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it, vi } from "vitest";
import { connect, errors, listing, nodes, useNockedWalmart, walmart } from "./testing.ts";

const stock = nodes("CAP", { shipNode: "1", available: 5, reserved: 0 });
const read = (session: ReturnType<typeof connect>["session"]) => session.readInventory([listing("CAP")], callWithin());

describe("a call to Walmart", () => {
  useNockedWalmart();

  it("carries the token, the service name and a correlation id of its own", async () => {
    const { session } = connect();
    const seen: string[] = [];
    walmart()
      .get("/v3/inventories/CAP")
      .twice()
      .matchHeader("wm_sec.access_token", "token-1")
      .matchHeader("wm_svc.name", "Walmart Marketplace")
      .matchHeader("accept", "application/json")
      .matchHeader("wm_qos.correlation_id", (id) => seen.push(String(id)) > 0)
      .reply(200, stock);
    await read(session);
    await read(session);
    expect(new Set(seen).size).toBe(2);
    for (const id of seen) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("encodes a SKU with reserved characters", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/A%2FB%20%2B%231").reply(200, stock);
    expect(await session.readInventory([listing("A/B +#1")], callWithin())).toMatchObject([{ status: "read" }]);
  });

  it("tells the pacer what is left in the bucket it spent", async () => {
    const spent: string[] = [];
    const observe = vi.fn<Pacer["observe"]>();
    const pacer: Pacer = { spend: async (bucket, work) => (spent.push(bucket), work()), observe };
    const { session } = connect({ pacer });
    walmart().get("/v3/inventories/CAP").reply(200, stock, { "x-current-token-count": "187" });
    await read(session);
    expect(spent).toEqual(["inventory_read"]);
    expect(observe).toHaveBeenCalledExactlyOnceWith("inventory_read", { remaining: 187 });
  });

  it("is rate_limited on 429, with the wait Walmart names", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(429, errors("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "Threshold violated"), { "retry-after": "20" });
    const error: unknown = await read(session).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      failure: "rate_limited",
      code: "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API",
      message: "Threshold violated",
    });
    expect(error).toHaveProperty(
      "retryAfterMs",
      expect.toSatisfy((ms: number) => ms >= 20_000 && ms <= 22_000),
    );
  });

  it("reads errors also under the gateways' singular name", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(400, { error: errors("INVALID_REQUEST", "Bad SKU").errors });
    await expect(read(session)).rejects.toMatchObject({
      failure: "rejected",
      code: "INVALID_REQUEST",
      message: "Bad SKU",
    });
  });

  it.each([
    ["a 500 in JSON", 500, JSON.stringify(errors("SYSTEM_ERROR", "Try later", "SYSTEM"))],
    ["a 503 in HTML", 503, "<html>Service Unavailable</html>"],
    ["a block page of the edge", 403, "<html>Access Denied</html>"],
    ["cut JSON", 200, '{"sku":"CAP","nodes":[{"shipNo'],
    ["an empty 200", 200, ""],
    ["JSON of another shape", 200, '{"nodes":[{"shipNode":1}]}'],
  ])("is unavailable after %s", async (_name, status, body) => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(status, body);
    await expect(read(session)).rejects.toMatchObject({ failure: "unavailable", httpStatus: status });
  });

  it("follows no redirect, which would carry the token to another host", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(302, "", { location: "https://elsewhere.example/" });
    await expect(read(session)).rejects.toMatchObject({ failure: "unavailable", httpStatus: 302 });
  });

  it("is unauthorized when the scope is missing", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(403, errors("FORBIDDEN.GMP_GATEWAY_API", "No access"));
    await expect(read(session)).rejects.toMatchObject({ failure: "unauthorized", code: "FORBIDDEN.GMP_GATEWAY_API" });
  });

  it("is unavailable after a reset, and drops the client's error", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").replyWithError("socket hang up for token-1");
    const error: unknown = await read(session).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: "unavailable", code: "connection_failed" });
    expect(error).not.toHaveProperty("cause");
    expect(String(error)).not.toContain("token-1");
  });
});
