import { adapterOf } from "@lastunit/adapters";
import { startShopifySimulator } from "@lastunit/simulators";
import { simulatedConformance, type SimulatedPlatform } from "./simulated-channel.ts";

let simulator: Awaited<ReturnType<typeof startShopifySimulator>>;

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

const shopify: SimulatedPlatform = {
  adapter: adapterOf("shopify"),
  start: async (options) => (simulator = await startShopifySimulator(options)),
  catalogSize: 300,
  operations: { write: "inventorySetQuantities", read: "nodes" },
  account: ({ settings }) => settings["shop"] ?? "",
  strangersCredentials: (credentials) => ({ ...credentials, clientSecret: "another channel's secret" }),
  unknownListing: (known) => ({
    ...known,
    listingId: "unknown",
    sku: "NO-SUCH-SKU",
    externalId: "gid://shopify/InventoryItem/1",
    external: { ...known.external, variantId: "gid://shopify/ProductVariant/1" },
  }),
  notifiesCancellations: true,
  hasPendingOrders: false,
  tellsRefunds: true,
  tooFewPermissions: ["read_products", "read_inventory", "read_locations", "read_orders"],
  missing: "write_inventory",
  consentAnswers: ({ credentials, settings }) => ({ ...credentials, ...settings }),
  // 800 points at once and 40 a second; a write costs 10, and an import up to 200 before.
  pacing: { scaleLimits: 0.4, pushes: 84 },
  namesThrottleWait: true,
  namesRefill: true,
  // We subscribe to no echo; the merchant's app may still do, in its own configuration.
  echoTo: (url) => simulator.subscribeApp("acme", "INVENTORY_LEVELS_UPDATE", url),
  hugeIds: true,
  withExpiredToken: (credentials) => ({
    ...credentials,
    accessToken: "expired-access-token",
    accessTokenExpiresAt: inAnHour(),
  }),
};

simulatedConformance(shopify);
