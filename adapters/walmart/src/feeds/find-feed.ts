import { z } from "zod";
import type { CallLimits, WalmartClient } from "../client.ts";
import { time, wholeNumber } from "../numbers.ts";
import { FEED_TYPE } from "./feed-file.ts";

/** How far Walmart's clock may be behind ours. */
const CLOCK_MARGIN_MS = 30_000;

const Feed = z.object({
  feedId: z.string(),
  feedType: z.string().nullish(),
  feedDate: time.nullish(),
  fileName: z.string().nullish(),
  /** 0 until Walmart has counted them. */
  itemsReceived: wholeNumber.nullish(),
});
/** Of all the seller's feeds, also of other software's: one in an unknown form is none of ours. */
const FeedsAnswer = z.object({
  results: z.object({ feed: z.array(z.unknown()).nullish() }),
});

/**
 * The feed of a submission whose answer was lost: by its file's name, or, where Walmart tells none, by type, time and number
 * of rows.
 * @returns undefined when there is none, as far as Walmart shows it by now.
 */
export async function findFeed(
  client: WalmartClient,
  wanted: { readonly fileName: string; readonly rows: number; readonly submittedAt: number },
  limits: CallLimits,
): Promise<string | undefined> {
  const { results } = await client.send(
    { bucket: "feed_status", method: "GET", path: "/v3/feeds?limit=50&offset=0", answer: FeedsAnswer },
    limits,
  );
  const feeds = (results.feed ?? []).flatMap((one) => Feed.safeParse(one).data ?? []);
  const found =
    feeds.find(({ fileName }) => fileName === wanted.fileName) ??
    feeds.find(
      ({ fileName, feedType, feedDate, itemsReceived }) =>
        !fileName &&
        feedType === FEED_TYPE &&
        Date.parse(feedDate ?? "") >= wanted.submittedAt - CLOCK_MARGIN_MS &&
        [0, wanted.rows].includes(itemsReceived ?? 0),
    );
  return found?.feedId;
}
