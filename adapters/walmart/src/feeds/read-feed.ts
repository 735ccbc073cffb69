import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "../client.ts";
import { isNotFound } from "../failures.ts";
import { inTurn } from "../in-turn.ts";
import { id, time, wholeNumber } from "../numbers.ts";
import { FeedRowStatus, hasFailed, IngestionErrors, type FeedRows } from "./feed-row.ts";

/** Walmart's limit by the parameter's text; another text speaks of 1,000. */
const ROWS_PAGE = 50;
const PAGES_AT_ONCE = 10;

const count = wholeNumber.nullish().transform((rows) => rows ?? 0);

const FeedAnswer = z.object({
  feedId: id,
  feedStatus: z.enum(["RECEIVED", "INPROGRESS", "PROCESSED", "ERROR"]),
  /** In the sample; the schema has neither, and the list of feeds calls it `feedDate`. */
  feedSubmissionDate: time.nullish().catch(null),
  feedDate: time.nullish().catch(null),
  itemsReceived: count,
  itemsSucceeded: count,
  itemsFailed: count,
  itemsProcessing: count,
  ingestionErrors: IngestionErrors,
  itemDetails: z.object({ itemIngestionStatus: z.array(FeedRowStatus).nullish() }).nullish(),
});

export interface FeedHead extends z.infer<typeof FeedAnswer> {
  /** Epoch milliseconds; undefined where Walmart does not tell. */
  readonly submittedAt: number | undefined;
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
  const submitted = feed.feedSubmissionDate ?? feed.feedDate;
  return { ...feed, problem, submittedAt: submitted ? Date.parse(submitted) : undefined };
}

/**
 * Every row's own status. When as many rows succeeded as the file had, no further page of them needs to be read, unless
 * the first shows SKUs that were not sent: then the feed is another one's, found in place of one whose answer was lost.
 *
 * @param sent the SKUs in the file.
 */
export async function readFeedRows(
  client: WalmartClient,
  feed: FeedHead,
  sent: ReadonlySet<string>,
  limits: CallLimits,
): Promise<FeedRows> {
  const { itemsReceived, itemsSucceeded, itemsFailed, itemsProcessing } = feed;
  const first = feed.itemDetails?.itemIngestionStatus ?? [];
  const isOurs = first.every(({ sku }) => !sku || sent.has(sku));
  const haveAll = itemsSucceeded === sent.size && itemsReceived === sent.size && itemsFailed + itemsProcessing === 0;
  if (isOurs && haveAll) return "all_succeeded";
  const offsets = Array.from({ length: Math.ceil(itemsReceived / ROWS_PAGE) }, (_, page) => page * ROWS_PAGE).slice(1);
  const more = await inTurn(offsets, PAGES_AT_ONCE, (offset) => readPage(client, feed.feedId, offset, limits));
  const rows = [...first, ...more.flatMap((page) => page.itemDetails?.itemIngestionStatus ?? [])];
  // Whether Walmart tells of a SKU once, or once for each of its ship nodes, is not documented: what failed counts.
  const [failed, succeeded] = [rows.filter(hasFailed), rows.filter((row) => !hasFailed(row))];
  // A row without a SKU can't be told whose it is: its SKU is missing then, and is written again.
  return new Map([...succeeded, ...failed].flatMap((row) => (row.sku ? [[row.sku, row] as const] : [])));
}

async function readPage(client: WalmartClient, feedId: string, offset: number, limits: CallLimits) {
  // Feed ids end in `@AUoBAQA`.
  const path = `/v3/feeds/${encodeURIComponent(feedId)}?includeDetails=true&offset=${offset}&limit=${ROWS_PAGE}`;
  return await client.send({ bucket: "feed_status", method: "GET", path, answer: FeedAnswer }, limits);
}
