import { describe, expect, it } from "vitest";
import { countingChannel, useCountingBench } from "./testing.ts";

const bench = useCountingBench();

describe("buyers", () => {
  it("get five units between 200 of them, and the other 195 are refused", async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => bench.simulator.placeOrder(bench.buy())));
    expect(outcomes.filter((outcome) => "orderId" in outcome)).toHaveLength(5);
    expect(outcomes.filter((outcome) => "refused" in outcome)).toHaveLength(195);
    const types = bench.simulator.history("acme").map(({ type }) => type);
    expect(types.filter((type) => type === "order_placed")).toHaveLength(5);
    expect(types.filter((type) => type === "order_refused")).toHaveLength(195);
    expect(bench.simulator.stock("acme")).toMatchObject([{ sku: "A", available: 0 }]);
  });

  it("can't settle or refund where the channel has no such thing", async () => {
    await expect(bench.simulator.settleOrder("acme", "1")).rejects.toThrow("ebay orders stand at once");
    await expect(bench.simulator.refundOrder("acme", "1", { sku: "A", quantity: 1, restock: true })).rejects.toThrow(
      "ebay",
    );
  });
});

describe("a call to an unknown address", () => {
  it("is a 404 and part of the history", async () => {
    expect((await fetch(`${bench.simulator.url}/nowhere`, { method: "PUT" })).status).toBe(404);
    expect(bench.calls()).toMatchObject([{ method: "PUT", path: "/nowhere", operation: "unknown", status: 404 }]);
  });
});

describe("limits", () => {
  it("are counted by account as the channel spends them", async () => {
    const call = () => fetch(`${bench.simulator.url}/few`, { method: "POST", headers: { "x-sim-host": "acme" } });
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([200, 200, 429]);
    expect(bench.simulator.limits("acme")).toEqual([{ name: "few", perSecond: 0.001, burst: 2, spent: 2, refused: 1 }]);
    expect(() => bench.simulator.limits("nobody")).toThrow("there is no account nobody");
  });
});

describe("starting", () => {
  it("with faults has them wait", async () => {
    const channel = countingChannel(bench.receiver);
    const other = await channel.start(0, [{ effect: { type: "status", status: 418 } }]);
    expect((await fetch(`${other.url}/count`, { method: "POST" })).status).toBe(418);
    await other.stop();
  });

  it("fails with kind and port when the port is in use", async () => {
    const port = new URL(bench.simulator.url).port;
    await expect(countingChannel(bench.receiver).start(Number(port))).rejects.toThrow(
      `the ebay simulator cannot listen on 127.0.0.1:${port}`,
    );
  });

  it("leaves nothing listening after stop", async () => {
    await bench.simulator.stop();
    await expect(bench.count()).rejects.toThrow("fetch failed");
  });
});
