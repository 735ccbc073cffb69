import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { reachSimulator, startSimulators, type SimulatedKind, type Simulators } from "./index.ts";

const allKinds: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];
let running: Simulators | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** One that no outgoing connection is given meanwhile (Linux: those from 32768 on), so that it is free once it is closed. */
async function takePort(): Promise<{ readonly taken: Server; readonly port: number }> {
  const port = 15_000 + Math.floor(Math.random() * 17_000);
  const taken = createServer().listen(port, "127.0.0.1");
  try {
    await once(taken, "listening");
    return { taken, port };
  } catch {
    return await takePort();
  }
}

describe("startSimulators", () => {
  it("starts all four channels on loopback, each with its own accounts", async () => {
    running = await startSimulators({ seed: 1 });
    for (const kind of allKinds) {
      const simulator = running[kind];
      expect([simulator.kind, new URL(simulator.url).hostname]).toEqual([kind, "127.0.0.1"]);
      await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 1 }] });
      expect(await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] })).toHaveProperty(
        "orderId",
      );
      expect(await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] })).toEqual({
        refused: "sold_out",
      });
    }
  });

  it("starts only the kinds it is asked for and throws when another is used", async () => {
    running = await startSimulators({ kinds: ["shopify"] });
    expect(running.shopify.kind).toBe("shopify");
    expect(() => running?.amazon).toThrow("the amazon simulator was not started");
  });

  it("has faults wait on the channels they are for", async () => {
    running = await startSimulators({ faults: { ebay: [{ effect: { type: "throttle" } }] } });
    expect(running.ebay.faults()).toEqual([{ times: 1, effect: { type: "throttle" } }]);
    expect(running.amazon.faults()).toEqual([]);
  });

  it("fails with kind and port when a port is in use, and leaves none running", async () => {
    const { taken, port } = await takePort();
    await expect(startSimulators({ ports: { amazon: port } })).rejects.toThrow(
      `the amazon simulator cannot listen on 127.0.0.1:${port}`,
    );
    taken.close();
    await once(taken, "close");
    running = await startSimulators({ ports: { amazon: port }, kinds: ["amazon"] });
    expect(running.amazon.url).toBe(`http://127.0.0.1:${port}`);
  });
});

describe("reachSimulator", () => {
  it("does from another process what the simulator's own methods do", async () => {
    running = await startSimulators({ kinds: ["shopify"] });
    const { shopify } = running;
    const remote = reachSimulator("shopify", shopify.url);
    const { settings } = await remote.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 3 }] });
    expect(settings).toEqual({ shop: "acme.myshopify.com" });
    const placed = await remote.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] });
    await remote.cancelOrder("acme", "orderId" in placed ? placed.orderId : "");
    expect(await remote.stock("acme")).toEqual(shopify.stock("acme"));
    expect(await remote.history("acme")).toEqual(shopify.history("acme"));
    expect(await remote.limits("acme")).toEqual(shopify.limits("acme"));
    await remote.fault({ effect: { type: "throttle" } });
    expect(shopify.faults()).toHaveLength(1);
  });

  it("throws in the simulator's own words what it refuses", async () => {
    running = await startSimulators({ kinds: ["ebay"] });
    const remote = reachSimulator("ebay", running.ebay.url);
    await expect(remote.stock("nobody")).rejects.toThrow("there is no account nobody");
    await expect(remote.settleOrder("acme", "1")).rejects.toThrow("ebay orders stand at once");
  });
});
