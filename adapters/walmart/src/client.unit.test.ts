import type { Pacer } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import nock from "nock";
import { describe, expect, it, vi } from "vitest";
import { connect, errors, listing, nodes, update, useNockedWalmart, walmart } from "./testing.ts";

const stock = nodes("CAP", { shipNode: "1", available: 5, reserved: 0 });
const fresh = { access_token: "token-2", token_type: "Bearer", expires_in: 900 };
const read = (session: ReturnType<typeof connect>["session"]) => session.readInventory([listing("CAP")], callWithin());

describe("a call to Walmart", () => {
  useNockedWalmart();

  it("carries the token, the service name and a correlation id of its own, and no key", async () => {
    const { session } = connect();
    const seen: string[] = [];
    nock("https://marketplace.walmartapis.com", { badheaders: ["authorization"] })
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

  it("carries another correlation id when it is sent again with a new token", async () => {
    const { session } = connect();
    const seen: string[] = [];
    const keep = (id: string | null) => seen.push(String(id)) > 0;
    walmart().get("/v3/inventories/CAP").matchHeader("wm_qos.correlation_id", keep).reply(401, {});
    walmart().post("/v3/token").matchHeader("wm_qos.correlation_id", keep).reply(200, fresh);
    walmart().get("/v3/inventories/CAP").matchHeader("wm_qos.correlation_id", keep).reply(200, stock);
    await read(session);
    expect(new Set(seen).size).toBe(3);
  });

  it("names the solution provider's channel type, where there is one", async () => {
    const { session } = connect({ settings: { channelType: "0f3e4dd4" } });
    walmart().get("/v3/inventories/CAP").matchHeader("wm_consumer.channel.type", "0f3e4dd4").reply(200, stock);
    expect(await read(session)).toMatchObject([{ status: "read" }]);
  });

  it("is not made once its deadline has passed", async () => {
    const { session } = connect();
    const call = { ...callWithin(), signal: AbortSignal.abort(new DOMException("late", "TimeoutError")) };
    await expect(session.readInventory([listing("CAP")], call)).rejects.toMatchObject({
      failure: "unavailable",
      code: "timeout",
    });
  });

  it("encodes a SKU with reserved characters", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/A%2FB%20%2B%231").reply(200, stock);
    expect(await session.readInventory([listing("A/B +#1")], callWithin())).toMatchObject([{ status: "read" }]);
  });

  it("writes JSON as JSON", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(200, stock);
    walmart()
      .put("/v3/inventories/CAP")
      .matchHeader("content-type", "application/json")
      .reply(200, { sku: "CAP", nodes: [{ shipNode: "1", status: "Success" }] });
    const outcomes = await session.pushInventory([update(listing("CAP"), 1)], callWithin());
    expect(outcomes).toEqual([{ status: "accepted" }]);
  });

  it("takes a part for what it is: a 206 tells in its errors what it left out", async () => {
    const { session } = connect();
    const part = { ...stock, ...errors("SOME_CONTENT_NOT_FOUND.GMP_INVENTORY_API", "A node is missing") };
    walmart().get("/v3/inventories/CAP").reply(206, part);
    expect(await read(session)).toEqual([{ status: "read", available: 5, reserved: 0 }]);
  });

  it("tells the pacer what is left in the bucket it spent, and when more comes", async () => {
    const spent: string[] = [];
    const observe = vi.fn<Pacer["observe"]>();
    const pacer: Pacer = { spend: async (bucket, work) => (spent.push(bucket), work()), observe };
    const { session } = connect({ pacer });
    const headers = { "x-current-token-count": "187", "x-next-replenishment-time": "1763632800300" };
    walmart().get("/v3/inventories/CAP").reply(200, stock, headers);
    await read(session);
    expect(spent).toEqual(["inventory_read"]);
    const seen = { remaining: 187, refillsAt: 1_763_632_800_300 };
    expect(observe).toHaveBeenCalledExactlyOnceWith("inventory_read", seen);
  });

  it("follows no redirect, which would carry the token to another host", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(302, "", { location: "https://elsewhere.example/" });
    await expect(read(session)).rejects.toMatchObject({ failure: "unavailable", httpStatus: 302 });
  });
});
