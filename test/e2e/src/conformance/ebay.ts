import { adapterOf } from "@lastunit/adapters";
import { startEbaySimulator } from "@lastunit/simulators";
import type { SimulatedPlatform } from "./simulated-channel.ts";

/** eBay, its listings made by the Inventory API. */
export const ebay: SimulatedPlatform = {
  adapter: adapterOf("ebay"),
  start: startEbaySimulator,
  catalogSize: 120,
  operations: { write: "bulkUpdatePriceQuantity", read: "bulkGetInventoryItem" },
  account: ({ settings }) => settings["seller"] ?? "",
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: false,
  hasPendingOrders: false,
  tellsRefunds: false,
  tooFewPermissions: ["sell.inventory", "commerce.identity.readonly", "commerce.notification.subscription"],
  missing: "sell.fulfillment",
  // About 18 months (eBay docs: refresh_token_expires_in).
  consentLastsMs: 47_304_000_000,
  // No `pacing`: eBay's limits are calls a day, so that what is beyond them is not pushed while a test waits. See
  // `ebay-limits.int.test.ts`.
  consentAnswers: ({ credentials, settings }) => ({
    appId: credentials["appId"],
    certId: credentials["certId"],
    ruName: settings["ruName"],
  }),
};
