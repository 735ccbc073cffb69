import { adapterConformance } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { startEbaySimulator } from "@lastunit/simulators";
import { connectSimulated, type SimulatedPlatform } from "./simulated-channel.ts";

const ebay: SimulatedPlatform = {
  adapter: adapterOf("ebay"),
  start: startEbaySimulator,
  operations: { write: "bulkUpdatePriceQuantity", read: "bulkGetInventoryItem" },
  account: ({ settings }) => settings["seller"] ?? "",
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: false,
  hasPendingOrders: false,
  tellsRefunds: false,
  withExpiredToken: (credentials) => ({
    ...credentials,
    accessToken: "expired-access-token",
    accessTokenExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  }),
};

adapterConformance("eBay", (seed) => connectSimulated(ebay, seed), { canRestrict: false, catalogSize: 120 });
