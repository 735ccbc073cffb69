import { adapterOf } from "@lastunit/adapters";
import { startWalmartSimulator, type Simulator } from "@lastunit/simulators";
import type { SimulatedPlatform } from "./simulated-channel.ts";

/** The simulator, whose sellers want their returns back in stock. */
export async function startWalmart(options: Parameters<typeof startWalmartSimulator>[0]): Promise<Simulator> {
  const simulator = await startWalmartSimulator(options);
  return {
    ...simulator,
    async addAccount(seed) {
      const account = await simulator.addAccount(seed);
      return { ...account, settings: { ...account.settings, restockReturns: "yes" } };
    },
  };
}

export const walmart: SimulatedPlatform = {
  adapter: adapterOf("walmart"),
  start: startWalmart,
  catalogSize: 120,
  operations: {
    write: "updateMultiNodeInventory",
    read: "getMultiNodeInventoryForSkuAndAllShipnodes",
    feed: "submitFeed",
  },
  pacing: { scaleLimits: 0.1, pushes: 22 },
  account: ({ settings }) => settings["sellerId"] ?? "",
  strangersCredentials: (credentials) => ({ ...credentials, webhookSecret: "another channel's secret" }),
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: true,
  hasPendingOrders: false,
  tellsRefunds: true,
  tooFewPermissions: ["inventory:view_only", "feeds", "orders", "item", "returns"],
  missing: "Inventory",
  withExpiredToken: (credentials) => ({ ...credentials, accessToken: "expired-access-token" }),
  // The one app of a solution provider that the simulator knows (its README).
  consentAnswers: () => ({
    clientId: "2a44c735-6d2a-4061-8aa8-000000000001",
    clientSecret: "secret-of-the-solution-providers-app",
  }),
  namesThrottleWait: true,
  // x-next-replenishment-time (Walmart docs, Rate limiting).
  namesRefill: true,
};
