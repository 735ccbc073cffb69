import { MARKETPLACE } from "./account.ts";
import type { Operation } from "./operation.ts";

/** Sellers API v1. */
export const sellersOperations: readonly Operation[] = [
  {
    name: "getMarketplaceParticipations",
    method: "GET",
    path: "/sellers/v1/marketplaceParticipations",
    limit: { perSecond: 0.016, burst: 15 },
    handle: () => ({ status: 200, body: { payload: [participation] } }),
  },
];

const participation = {
  marketplace: {
    id: MARKETPLACE,
    countryCode: "US",
    name: "Amazon.com",
    defaultCurrencyCode: "USD",
    defaultLanguageCode: "en_US",
    domainName: "www.amazon.com",
  },
  participation: { isParticipating: true, hasSuspendedListings: false },
};
