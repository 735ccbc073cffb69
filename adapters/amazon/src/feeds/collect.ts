import {
  ChannelError,
  FEED_STUCK,
  type CallContext,
  type FeedReport,
  type InventoryUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import type { AmazonClient } from "../client.ts";
import { parseJson } from "../errors.ts";
import type { FulfillmentWatch } from "../fulfillment-watch.ts";
import type { Rejected } from "../patches.ts";
import { cancelFeed } from "./cancel.ts";
import { sendableAs } from "./messages.ts";
import { getFeed, getFeedDocument, type Feed } from "./operations.ts";
import { outcomesOf, ProcessingReport } from "./report.ts";
import { download } from "./storage.ts";

/**
 * A feed that has not begun by then is stuck (selling-partner-api-models, issue 657), or Amazon is so busy that calls get
 * there sooner. It is taken back: were it only given up, it would one day overwrite what was called meanwhile.
 */
const LONGEST_IN_QUEUE_MS = 5 * 3_600_000;

/**
 * A feed that is over writes no more, while its listings wait for its report, the sold-out ones too. One that can't be had
 * by then is done without: nothing is known of the listings, and each is pushed again.
 */
const LONGEST_FOR_REPORT_MS = 5 * 60_000;

const SOONEST_MS = 1_000;
const LATEST_MS = 60_000;

const retry = (code: string, message: string): UpdateOutcome => ({ status: "retry", code, message });

/** What became of a feed. Not yet done: ask again after a tenth of its age. */
export async function collectFeed(
  client: AmazonClient,
  watch: FulfillmentWatch,
  feedId: string,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<FeedReport> {
  const feed = await getFeed(client, feedId, call);
  const sendable = () => updates.map((update) => sendableAs(update, watch));
  const ageMs = Math.max(0, Date.now() - Date.parse(feed.createdTime));
  switch (feed.processingStatus) {
    case "IN_QUEUE":
      if (ageMs <= LONGEST_IN_QUEUE_MS || !(await cancelFeed(client, feedId, call))) return open(ageMs);
      return givenUp(sendable(), FEED_STUCK, "the feed waited too long at Amazon and was taken back");
    case "IN_PROGRESS":
      return open(ageMs);
    case "CANCELLED":
      return givenUp(sendable(), "feed_cancelled", "the feed was cancelled before it began");
    case "FATAL":
      // Some of it, none or all may have been applied.
      return givenUp(sendable(), "feed_failed", "Amazon gave up on the feed", await reportOf(client, feed, call));
    case "DONE": {
      const report = await reportOf(client, feed, call);
      const otherwise = retry("feed_incomplete", "the feed's report leaves it out");
      return { status: "done", outcomes: outcomesOf(sendable(), report, { wasDone: true, otherwise }) };
    }
  }
}

/** Over, without having been worked off whole. */
function givenUp(
  sendable: readonly (string | Rejected)[],
  code: string,
  message: string,
  report?: ProcessingReport,
): FeedReport {
  const end = { wasDone: false, otherwise: retry(code, message) };
  return { status: "done", outcomes: outcomesOf(sendable, report, end) };
}

function open(ageMs: number): FeedReport {
  return { status: "open", askAgainMs: Math.round(Math.min(Math.max(ageMs / 10, SOONEST_MS), LATEST_MS)) };
}

/** A FATAL feed may have no report. */
async function reportOf(client: AmazonClient, feed: Feed, call: CallContext): Promise<ProcessingReport | undefined> {
  const { resultFeedDocumentId } = feed;
  if (!resultFeedDocumentId) return undefined;
  try {
    return await readReport(client, resultFeedDocumentId, call);
  } catch (error) {
    const isWaitedFor = Date.now() - Date.parse(feed.processingEndTime ?? feed.createdTime) < LONGEST_FOR_REPORT_MS;
    if (!(error instanceof ChannelError) || error.failure === "unauthorized" || isWaitedFor) throw error;
    call.log.warn(
      { feed: feed.feedId, code: error.code },
      "a feed's report can't be had; its listings are pushed again",
    );
    return undefined;
  }
}

async function readReport(client: AmazonClient, documentId: string, call: CallContext): Promise<ProcessingReport> {
  const document = await getFeedDocument(client, documentId, call);
  const report = ProcessingReport.safeParse(parseJson(await download(client.outbound, document, call.signal)));
  if (report.success) return report.data;
  throw new ChannelError("unavailable", "a feed's report could not be read", { code: "unreadable_document" });
}
