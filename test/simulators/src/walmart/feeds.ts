import { queryInteger } from "../kit/index.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, malformed, notFound, refuse } from "./errors.ts";
import { readFeedFile } from "./feed-file.ts";
import { processLater } from "./feed-processing.ts";
import { errorsOf, feedStatus, feedSummary, rowStatus, type Feed, type FeedType } from "./feed.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/feeds";
const MEGABYTE = 1_048_576;
const maxBytes: { readonly [type in FeedType]: number } = { inventory: 10 * MEGABYTE, MP_INVENTORY: MEGABYTE };
/** What each status call may ask for at once. */
const page = { fallback: 50, min: 1, max: 50 };

/** Quantities in bulk: submit, look up, follow (Walmart Feeds OpenAPI). */
export function feedRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "POST",
      path: PATH,
      operation: "submitFeed",
      limit: ({ query }) => (query.get("feedType") === "MP_INVENTORY" ? "feedMultiNode" : "feedInventory"),
      scope: ["feeds", "full_access"],
      handle: (request, seller) => submit(walmart, request, seller),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: PATH,
      operation: "getAllFeedStatuses",
      limit: "feedStatus",
      scope: ["feeds", "view_only"],
      handle: list,
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/:feedId`,
      operation: "getFeedItemStatus",
      limit: "feedStatus",
      scope: ["feeds", "view_only"],
      handle: getFeed,
    }),
  ];
}

/** Takes any file in: what is wrong inside it shows only once it is processed. */
async function submit(walmart: Walmart, request: ApiRequest, seller: Seller): Promise<ApiAnswer> {
  const feedType = request.query.get("feedType");
  if (feedType !== "inventory" && feedType !== "MP_INVENTORY") return invalidParameter("feedType", "unknown feedType");
  const shipNode = request.query.get("shipNode") ?? seller.shipNode.id;
  const file = await filePart(request);
  if (!file) return malformed("the body must be multipart/form-data with a part named file");
  if (file.bytes.byteLength > maxBytes[feedType]) {
    return refuse(413, { code: "INVALID_REQUEST_CONTENT.GMP_FEED_API", field: "file", description: "file too large" });
  }
  const feed: Feed = {
    feedId: `${walmart.kit.random.hex(32).toUpperCase()}@AUoBAQA`,
    feedType,
    submittedAt: Date.now(),
    fileName: file.name,
    status: "RECEIVED",
    problem: null,
    rows: [],
  };
  seller.feeds.set(feed.feedId, feed);
  const timing = { delayMs: walmart.feedDelayMs, signal: walmart.stopping };
  // One that is stuck stays RECEIVED for ever.
  if (!walmart.kit.isFeedStuck(seller.name)) {
    void processLater(feed, seller, () => readFeedFile(file.bytes, feedType, shipNode), timing);
  }
  return { status: 200, body: { feedId: feed.feedId } };
}

async function filePart({
  headers,
  body,
}: ApiRequest): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
  const contentType = headers["content-type"] ?? "";
  if (!contentType.startsWith("multipart/form-data")) return undefined;
  try {
    const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
    const file = form.get("file");
    return file instanceof File ? { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) } : undefined;
  } catch {
    // A body that isn't multipart after all is refused like any other unreadable one.
    return undefined;
  }
}

function list(request: ApiRequest, seller: Seller): ApiAnswer {
  const limit = queryInteger(request, "limit", page);
  const offset = queryInteger(request, "offset", { fallback: 0, min: 0, max: 1_000_000 });
  if (limit === undefined || offset === undefined) return invalidParameter("limit", "limit must be 1 to 50");
  const newestFirst = [...seller.feeds.values()].toReversed();
  const feed = newestFirst.slice(offset, offset + limit).map(feedSummary);
  return { status: 200, body: { totalResults: newestFirst.length, offset, limit, results: { feed } } };
}

function getFeed(request: ApiRequest, seller: Seller): ApiAnswer {
  const feed = seller.feeds.get(request.params["feedId"] ?? "");
  if (!feed) return notFound("FEED", "feedId");
  const limit = queryInteger(request, "limit", page);
  const offset = queryInteger(request, "offset", { fallback: 0, min: 0, max: 1_000_000 });
  if (limit === undefined || offset === undefined) return invalidParameter("limit", "limit must be 1 to 50");
  const rows = request.query.get("includeDetails") === "true" ? feed.rows.map(rowStatus) : [];
  const itemIngestionStatus = rows.slice(offset, offset + limit);
  return {
    status: 200,
    body: {
      ...feedStatus(feed),
      ingestionErrors: { ingestionError: errorsOf(feed.problem) },
      offset,
      limit,
      itemDetails: { itemIngestionStatus },
    },
  };
}
