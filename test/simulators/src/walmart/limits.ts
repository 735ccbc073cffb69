import type { BucketLimit } from "../kit/index.ts";

function perMinute(calls: number): BucketLimit {
  return { perSecond: calls / 60, burst: calls };
}

function perHour(calls: number): BucketLimit {
  return { perSecond: calls / 3_600, burst: calls };
}

/** Each seller has one bucket for each of these (Walmart docs: rate limiting). */
export const limits = {
  inventoryRead: perMinute(200),
  inventoryWrite: perMinute(200),
  nodesRead: perMinute(200),
  nodesWrite: perMinute(200),
  nodesList: perMinute(200),
  feedInventory: perHour(10),
  feedMultiNode: perHour(50),
  feedStatus: perMinute(5_000),
  shipNodes: perMinute(50),
  partnerProfile: perMinute(50),
  items: perMinute(300),
  itemsWithParameters: perMinute(60),
  item: perMinute(900),
  itemWithParameters: perMinute(60),
  orderList: perMinute(5_000),
  orderGet: perMinute(5_000),
  orderAcknowledge: perMinute(60),
  orderShip: perMinute(60),
  orderCancel: perMinute(60),
  orderRefund: perMinute(60),
  priceWrite: perHour(100),
  promotionsRead: perMinute(1_000),
  returns: perMinute(50),
  eventTypes: perMinute(5),
  subscriptionList: perMinute(50),
  subscriptionCreate: perMinute(200),
  subscriptionUpdate: perMinute(5),
  subscriptionDelete: perMinute(10),
} as const;

export type LimitName = keyof typeof limits;
