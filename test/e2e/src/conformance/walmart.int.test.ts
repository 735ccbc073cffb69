import { adapterConformance } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { startWalmartSimulator } from "@lastunit/simulators";
import { connectSimulated, type SimulatedPlatform } from "./simulated-channel.ts";

const walmart: SimulatedPlatform = {
  adapter: adapterOf("walmart"),
  start: startWalmartSimulator,
  operations: {
    write: "updateMultiNodeInventory",
    read: "getMultiNodeInventoryForSkuAndAllShipnodes",
  },
  account: ({ settings }) => settings["sellerId"] ?? "",
  strangersCredentials: (credentials) => ({ ...credentials, webhookSecret: "another channel's secret" }),
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: true,
  hasPendingOrders: false,
  tellsRefunds: false,
  withExpiredToken: (credentials) => ({ ...credentials, accessToken: "expired-access-token" }),
};

adapterConformance("Walmart", (seed) => connectSimulated(walmart, seed), { canRestrict: false, catalogSize: 45 });
