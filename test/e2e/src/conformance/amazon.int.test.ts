import { adapterConformance } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { startAmazonSimulator } from "@lastunit/simulators";
import { connectSimulated, type SimulatedPlatform } from "./simulated-channel.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

const amazon: SimulatedPlatform = {
  adapter: adapterOf("amazon"),
  start: startAmazonSimulator,
  operations: { write: "patchListingsItem", read: "searchListingsItems" },
  account: ({ settings }) => settings["sellerId"] ?? "",
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: true,
  hasPendingOrders: true,
  tellsRefunds: false,
  tooFewPermissions: ["Inventory and Order Tracking"],
  withExpiredToken: (credentials) => ({
    ...credentials,
    accessToken: "expired-access-token",
    accessTokenExpiresAt: inAnHour(),
  }),
};

adapterConformance("Amazon", (seed) => connectSimulated(amazon, seed), { catalogSize: 45, canRestrict: true });
