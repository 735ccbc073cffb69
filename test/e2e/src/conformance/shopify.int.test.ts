import { adapterConformance } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { startShopifySimulator } from "@lastunit/simulators";
import { connectSimulated, type SimulatedPlatform } from "./simulated-channel.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

const shopify: SimulatedPlatform = {
  adapter: adapterOf("shopify"),
  start: startShopifySimulator,
  operations: { write: "inventorySetQuantities", read: "nodes" },
  account: ({ settings }) => settings["shop"] ?? "",
  strangersCredentials: (credentials) => ({ ...credentials, clientSecret: "another channel's secret" }),
  unknownListing: (known) => ({
    ...known,
    listingId: "unknown",
    sku: "NO-SUCH-SKU",
    externalId: "gid://shopify/InventoryItem/1",
  }),
  notifiesCancellations: true,
  hasPendingOrders: false,
  tellsRefunds: true,
  tooFewPermissions: ["read_products", "read_inventory", "read_locations", "read_orders"],
  withExpiredToken: (credentials) => ({
    ...credentials,
    accessToken: "expired-access-token",
    accessTokenExpiresAt: inAnHour(),
  }),
};

adapterConformance("Shopify", (seed) => connectSimulated(shopify, seed), { canRestrict: true, catalogSize: 300 });
