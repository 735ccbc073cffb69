import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "../client.ts";

const VERSION = "2021-06-30";
const FEED_TYPE = "JSON_LISTINGS_FEED";

const Feed = z.object({
  feedId: z.string().min(1),
  createdTime: z.iso.datetime({ offset: true }),
  processingStatus: z.enum(["IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"]),
  processingEndTime: z.iso.datetime({ offset: true }).nullish(),
  resultFeedDocumentId: z.string().min(1).nullish(),
});
export type Feed = z.infer<typeof Feed>;

/** Feeds 2021-06-30. */
export function createFeedDocument(client: AmazonClient, contentType: string, call: CallContext) {
  return client.asSeller(
    {
      name: "createFeedDocument",
      operation: "feeds.createFeedDocument",
      version: VERSION,
      body: { contentType },
      answer: z.object({ feedDocumentId: z.string().min(1), url: z.string() }),
    },
    call,
  );
}

export async function createFeed(client: AmazonClient, inputFeedDocumentId: string, call: CallContext) {
  const { feedId } = await client.asSeller(
    {
      name: "createFeed",
      operation: "feeds.createFeed",
      version: VERSION,
      body: { feedType: FEED_TYPE, marketplaceIds: [client.settings.marketplaceId], inputFeedDocumentId },
      answer: z.object({ feedId: z.string().min(1) }),
    },
    call,
  );
  return feedId;
}

/** Listings feeds made since then. */
export async function feedsSince(
  client: AmazonClient,
  createdSince: Date,
  call: CallContext,
): Promise<readonly Feed[]> {
  const { feeds } = await client.asSeller(
    {
      name: "getFeeds",
      operation: "feeds.getFeeds",
      version: VERSION,
      query: { feedTypes: FEED_TYPE, pageSize: "10", createdSince: createdSince.toISOString() },
      answer: z.object({ feeds: z.array(Feed) }),
    },
    call,
  );
  return feeds;
}

export function getFeed(client: AmazonClient, feedId: string, call: CallContext): Promise<Feed> {
  return client.asSeller(
    { name: "getFeed", operation: "feeds.getFeed", version: VERSION, path: { feedId }, answer: Feed },
    call,
  );
}

/** Amazon takes back only a feed that has not begun. */
export async function cancelFeed(client: AmazonClient, feedId: string, call: CallContext): Promise<void> {
  await client.asSeller(
    { name: "cancelFeed", operation: "feeds.cancelFeed", version: VERSION, path: { feedId }, answer: z.unknown() },
    call,
  );
}

export function getFeedDocument(client: AmazonClient, feedDocumentId: string, call: CallContext) {
  return client.asSeller(
    {
      name: "getFeedDocument",
      operation: "feeds.getFeedDocument",
      version: VERSION,
      path: { feedDocumentId },
      answer: z.object({ url: z.string() }),
    },
    call,
  );
}
