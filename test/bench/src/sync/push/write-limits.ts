import type { SimulatedKind } from "@lastunit/simulators";

/** What a channel's own limit lets one merchant write. */
export interface WriteLimit {
  /** The call that writes quantities, as the simulator's history names it. */
  readonly operation: string;
  /** The call that reads them for such a write, where there is one. */
  readonly read?: string;
  /** Once the burst is spent. */
  readonly callsPerSecond: number;
  /** Calls that may go at once. */
  readonly burst: number;
  readonly listingsPerCall: number;
}

/** Of a standard account, without what a platform grants on request. */
export const writeLimits: Readonly<Record<SimulatedKind, WriteLimit>> = {
  // 2,000 cost points that gain 100 a second, 10 for a mutation (Shopify docs: rate limits). Shopify takes 250 entries a
  // call, but fails them all for one stale one; 100 is our choice.
  shopify: { operation: "inventorySetQuantities", callsPerSecond: 100 / 10, burst: 2_000 / 10, listingsPerCall: 100 },
  // One SKU a patch, 5 a second, 5 at once (SP-API model: patchListingsItem).
  amazon: { operation: "patchListingsItem", callsPerSecond: 5, burst: 5, listingsPerCall: 1 },
  // 2,000,000 calls a day and application, which may all go at once; spread over the day (eBay docs: API call limits).
  ebay: {
    operation: "bulkUpdatePriceQuantity",
    callsPerSecond: 2_000_000 / 86_400,
    burst: 2_000_000,
    listingsPerCall: 25,
  },
  // 200 a minute, and as many reads, one before each write (Walmart docs: rate limiting).
  walmart: {
    operation: "updateMultiNodeInventory",
    read: "getMultiNodeInventoryForSkuAndAllShipnodes",
    callsPerSecond: 200 / 60,
    burst: 200,
    listingsPerCall: 1,
  },
};
