import type { PaceLimits } from "@lastunit/adapter-contract";

/**
 * Default usage plans, for each pair of seller and app, one bucket an operation (SP-API models, the operations'
 * descriptions). `x-amzn-RateLimit-Limit` tells the seller's own rate.
 */
export const limits = {
  patchListingsItem: { perSecond: 5, burst: 5 },
  searchListingsItems: { perSecond: 5, burst: 5 },
  getListingsItem: { perSecond: 5, burst: 10 },
  createFeedDocument: { perSecond: 0.5, burst: 15 },
  // The plan of JSON_LISTINGS_FEED (SP-API changelog, 2025-05-06): 5 feeds in 5 minutes.
  createFeed: { perSecond: 5 / 300, burst: 5 },
  getFeed: { perSecond: 2, burst: 15 },
  getFeeds: { perSecond: 0.0222, burst: 10 },
  cancelFeed: { perSecond: 2, burst: 15 },
  getFeedDocument: { perSecond: 0.0222, burst: 10 },
  searchOrders: { perSecond: 0.0056, burst: 20 },
  getOrder: { perSecond: 0.5, burst: 30 },
  getMarketplaceParticipations: { perSecond: 0.016, burst: 15 },
  getDestinations: { perSecond: 1, burst: 5 },
  createDestination: { perSecond: 1, burst: 5 },
  getSubscription: { perSecond: 1, burst: 5 },
  createSubscription: { perSecond: 1, burst: 5 },
  deleteSubscriptionById: { perSecond: 1, burst: 5 },
} satisfies PaceLimits;

export type OperationName = keyof typeof limits;
