import { outOfCalls, type ImportedListing } from "@lastunit/adapter-contract";
import { callWithin, scaled, type ConformanceHarness } from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import { createPacers, type Pacer } from "@lastunit/queues";
import { startEbaySimulator, type Simulator } from "@lastunit/simulators";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ebay } from "./ebay.ts";
import { connectSimulated } from "./simulated-channel.ts";

/** Time enough for every call, if nothing held it back. */
const PATIENCE_MS = 3_000;

/** By which API listings are revised, and a scale at which its day has few enough calls to want more of them at once. */
const apis = [
  { api: "inventory", scaleLimits: 0.0003 },
  { api: "trading", scaleLimits: 0.01 },
] as const;

describe.each(apis)("A burst at eBay's $api API", ({ api, scaleLimits }) => {
  let simulator: Simulator;
  let pacer: Pacer;
  let harness: ConformanceHarness;

  beforeEach(async () => {
    const log = createLogger({ level: "silent", name: "ebay-limits" });
    const limits = scaled(ebay.adapter.limits, scaleLimits);
    pacer = createPacers({ connection: undefined, log }).open("channel-1", limits, outOfCalls);
    const start: typeof ebay.start = async (options) => {
      simulator = await startEbaySimulator({ ...options, madeBy: api });
      return simulator;
    };
    const seed = { listings: [{ sku: "CAP", quantity: 5 }], restricted: false, scaleLimits, pacerFor: () => pacer };
    harness = await connectSimulated({ ...ebay, start }, seed);
  });
  afterEach(async () => {
    await harness.session.close();
    await harness.stop();
    await pacer.close();
  });

  function callsOfTheDay(): number {
    const limit = simulator.limits("acme").find(({ name }) => name === api);
    if (!limit) throw new Error(`the simulator counts no calls of ${api}`);
    return limit.burst;
  }

  async function importCap(): Promise<ImportedListing> {
    for (let cursor: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof harness.session.importListings>> = await harness.session.importListings(
        cursor,
        callWithin(),
      );
      const [cap] = page.listings;
      if (cap) return cap;
      cursor = page.next;
    }
  }

  it("is refused nothing, by eBay's own count, though it is more than the day has calls: the rest waits", async () => {
    const listing = { listingId: "listing-1", ...(await importCap()) };
    const pushes = Array.from({ length: callsOfTheDay() + 1 }, async () => {
      const updates = [{ listing, quantity: 4, expected: null, position: 1 }];
      return await harness.session.pushInventory(updates, callWithin(PATIENCE_MS));
    });
    const outcomes = await Promise.allSettled(pushes);
    const taken = outcomes.filter(({ status }) => status === "fulfilled");
    expect(taken.length).toBeGreaterThan(0);
    expect(taken).toEqual(taken.map(() => ({ status: "fulfilled", value: [{ status: "accepted" }] })));
    expect(simulator.limits("acme").filter(({ refused }) => refused > 0)).toEqual([]);
  });
});
