import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "../client.ts";
import { isNotFound } from "../failures.ts";
import { inTurn } from "../in-turn.ts";
import { id, wholeNumber } from "../numbers.ts";
import { FeedRowStatus, IngestionErrors, type FeedRows } from "./feed-row.ts";

/** Walmart's limit by the parameter's text; another text speaks of 1,000. */
const ROWS_PAGE = 50;
const PAGES_AT_ONCE = 10;

const FeedAnswer = z.object({
  feedId: id,
  feedStatus: z.enum(["RECEIVED", "INPROGRESS", "PROCESSED", "ERROR"]),
  /** Epoch milliseconds. */
  feedDate: wholeNumber.optional(),
  itemsReceived: wholeNumber.default(0),
  itemsSucceeded: wholeNumber.default(0),
  itemsFailed: wholeNumber.default(0),
  itemsProcessing: wholeNumber.default(0),
  ingestionErrors: IngestionErrors,
  itemDetails: z.object({ itemIngestionStatus: z.array(FeedRowStatus).default([]) }).nullish(),
});

export interface FeedHead extends z.infer<typeof FeedAnswer> {
  /** Why the whole file failed, where it did. */
  readonly problem: { readonly code: string; readonly message: string };
}

/** @throws {ChannelError} `unavailable` when Walmart does not show the feed yet. */
export async function readFeed(client: WalmartClient, feedId: string, limits: CallLimits): Promise<FeedHead> {
  const feed = await readPage(client, feedId, 0, limits).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new ChannelError("unavailable", "Walmart does not show the feed yet", { code: "feed_not_visible" });
  });
  const [first] = feed.ingestionErrors;
  const problem = { code: first?.code ?? "feed_failed", message: first?.message ?? "Walmart could not use the feed" };
  return { ...feed, problem };
}

/**
 * Every row's own status. When as many rows succeeded as the file had, no page of them needs to be read.
 * @param sent rows in the file.
 */
export async function readFeedRows(
  client: WalmartClient,
  feed: FeedHead,
  sent: number,
  limits: CallLimits,
): Promise<FeedRows> {
  const { itemsReceived, itemsSucceeded, itemsFailed, itemsProcessing } = feed;
  if (itemsSucceeded === sent && itemsReceived === sent && itemsFailed + itemsProcessing === 0) return "all_succeeded";
  const first = feed.itemDetails?.itemIngestionStatus ?? [];
  const offsets = Array.from({ length: Math.ceil(itemsReceived / ROWS_PAGE) }, (_, page) => page * ROWS_PAGE).slice(1);
  const more = await inTurn(offsets, PAGES_AT_ONCE, (offset) => readPage(client, feed.feedId, offset, limits));
  const rows = [...first, ...more.flatMap((page) => page.itemDetails?.itemIngestionStatus ?? [])];
  return new Map(rows.map((row) => [row.sku, row]));
}

async function readPage(client: WalmartClient, feedId: string, offset: number, limits: CallLimits) {
  // Feed ids end in `@AUoBAQA`.
  const path = `/v3/feeds/${encodeURIComponent(feedId)}?includeDetails=true&offset=${offset}&limit=${ROWS_PAGE}`;
  return await client.send({ bucket: "feed_status", method: "GET", path, answer: FeedAnswer }, limits);
}
