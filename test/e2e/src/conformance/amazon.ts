import { adapterOf } from "@lastunit/adapters";
import { startAmazonSimulator } from "@lastunit/simulators";
import type { SimulatedPlatform } from "./simulated-channel.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export const amazon: SimulatedPlatform = {
  adapter: adapterOf("amazon"),
  start: startAmazonSimulator,
  catalogSize: 45,
  operations: { write: "patchListingsItem", read: "searchListingsItems", feed: "createFeed" },
  account: ({ settings }) => settings["sellerId"] ?? "",
  unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
  notifiesCancellations: true,
  hasPendingOrders: true,
  tellsRefunds: false,
  tooFewPermissions: ["Inventory and Order Tracking"],
  missing: "Product Listing",
  // That of the client secret; the authorization itself lasts 365 days (SP-API docs).
  consentLastsMs: 180 * 86_400_000,
  withExpiredToken: (credentials) => ({
    ...credentials,
    accessToken: "expired-access-token",
    accessTokenExpiresAt: inAnHour(),
  }),
  pacing: { scaleLimits: 1, pushes: 25 },
  consentAnswers: ({ credentials, settings }) => {
    const { clientId, clientSecret } = credentials;
    const { applicationId, region, marketplaceId, sqsQueueUrl } = settings;
    return { applicationId, clientId, clientSecret, region, marketplaceId, sqsQueueUrl };
  },
  namesThrottleWait: true,
  namesRefill: true,
};
