import { asArray, asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type Kit } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import { processFeed } from "./feed-processing.ts";
import type { Feed } from "./feed-store.ts";
import { badRequest, failure, type Operation } from "./operation.ts";

const FEED_TYPE = "JSON_LISTINGS_FEED";

/** Feeds 2021-06-30: submitting, following and taking back. */
export function feedOperations(kit: Kit<Seller>): readonly Operation[] {
  return [
    {
      name: "createFeed",
      method: "POST",
      path: "/feeds/2021-06-30/feeds",
      // The plan of JSON_LISTINGS_FEED (Amazon docs, changelog 2025-05-06): 5 submissions in 5 minutes.
      limit: { perSecond: 5 / 300, burst: 5 },
      role: "Product Listing",
      handle: (seller, request) => createFeed(seller, request, kit),
    },
    {
      name: "getFeed",
      method: "GET",
      path: "/feeds/2021-06-30/feeds/:feedId",
      limit: { perSecond: 2, burst: 15 },
      role: "Product Listing",
      handle: getFeed,
    },
    {
      name: "getFeeds",
      method: "GET",
      path: "/feeds/2021-06-30/feeds",
      limit: { perSecond: 0.0222, burst: 10 },
      role: "Product Listing",
      handle: getFeeds,
    },
    {
      name: "cancelFeed",
      method: "DELETE",
      path: "/feeds/2021-06-30/feeds/:feedId",
      limit: { perSecond: 2, burst: 15 },
      role: "Product Listing",
      handle: cancelFeed,
    },
  ];
}

function createFeed(seller: Seller, request: ApiRequest, kit: Kit<Seller>): ApiAnswer {
  const body = asObject(parseJson(request.body)) ?? {};
  const inputDocumentId = asText(body["inputFeedDocumentId"]) ?? "";
  if (body["feedType"] !== FEED_TYPE) return badRequest(`feedType must be ${FEED_TYPE}`);
  const marketplaceIds = asArray(body["marketplaceIds"]) ?? [];
  if (marketplaceIds.length === 0 || marketplaceIds.some((id) => id !== MARKETPLACE)) {
    return badRequest("marketplaceIds must name a marketplace of this seller");
  }
  const document = seller.feeds.documents.get(inputDocumentId);
  if (!document?.bytes) return badRequest("inputFeedDocumentId names no uploaded document");

  const feed: Feed = {
    feedId: kit.random.digits(12),
    inputDocumentId,
    createdTime: new Date().toISOString(),
    processingStatus: "IN_QUEUE",
    processingEndTime: null,
    resultFeedDocumentId: null,
  };
  seller.feeds.feeds.set(feed.feedId, feed);
  const before = seller.feeds.processing;
  seller.feeds.processing = before.then(() => processFeed(seller, feed, kit));
  return { status: 202, body: { feedId: feed.feedId } };
}

function getFeed(seller: Seller, { params }: ApiRequest): ApiAnswer {
  const feed = seller.feeds.feeds.get(params["feedId"] ?? "");
  return feed ? { status: 200, body: feedBody(feed) } : failure(404, "NotFound", "The feed was not found.");
}

/** Newest first. */
function getFeeds(seller: Seller, { query }: ApiRequest): ApiAnswer {
  const since = Date.parse(query.get("createdSince") ?? "1970-01-01");
  const size = Number(query.get("pageSize") ?? 10);
  if (query.get("feedTypes") !== FEED_TYPE) return badRequest(`feedTypes must be ${FEED_TYPE}`);
  if (Number.isNaN(since) || !(size >= 1 && size <= 100)) return badRequest("createdSince or pageSize is invalid");
  const found = [...seller.feeds.feeds.values()].filter(({ createdTime }) => Date.parse(createdTime) >= since);
  return { status: 200, body: { feeds: found.toReversed().slice(0, size).map(feedBody) } };
}

/** Only a feed that has not begun. */
function cancelFeed(seller: Seller, { params }: ApiRequest): ApiAnswer {
  const feed = seller.feeds.feeds.get(params["feedId"] ?? "");
  if (!feed) return failure(404, "NotFound", "The feed was not found.");
  if (feed.processingStatus !== "IN_QUEUE") return badRequest("The feed has begun and can't be cancelled");
  feed.processingStatus = "CANCELLED";
  return { status: 200, body: {} };
}

function feedBody({ feedId, createdTime, processingStatus, processingEndTime, resultFeedDocumentId }: Feed) {
  return {
    feedId,
    feedType: FEED_TYPE,
    marketplaceIds: [MARKETPLACE],
    createdTime,
    processingStatus,
    ...(processingEndTime !== null && { processingEndTime }),
    ...(resultFeedDocumentId !== null && { resultFeedDocumentId }),
  };
}
