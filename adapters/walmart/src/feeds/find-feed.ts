import { z } from "zod";
import type { CallLimits, WalmartClient } from "../client.ts";
import { wholeNumber } from "../numbers.ts";
import { FEED_TYPE } from "./feed-file.ts";

/** How far Walmart's clock may be behind ours. */
const CLOCK_MARGIN_MS = 30_000;

const FeedsAnswer = z.object({
  results: z.object({
    feed: z
      .array(
        z.object({
          feedId: z.string(),
          feedType: z.string().optional(),
          feedDate: wholeNumber.optional(),
          fileName: z.string().nullish(),
        }),
      )
      .default([]),
  }),
});

/**
 * The feed of a submission whose answer was lost: by its file's name, or, where Walmart tells none, by type and time.
 * @returns undefined when there is none, as far as Walmart shows it by now.
 */
export async function findFeed(
  client: WalmartClient,
  wanted: { readonly fileName: string; readonly submittedAt: number },
  limits: CallLimits,
): Promise<string | undefined> {
  const { results } = await client.send(
    { bucket: "feed_status", method: "GET", path: "/v3/feeds?limit=50&offset=0", answer: FeedsAnswer },
    limits,
  );
  const found =
    results.feed.find(({ fileName }) => fileName === wanted.fileName) ??
    results.feed.find(
      ({ fileName, feedType, feedDate = 0 }) =>
        !fileName && feedType === FEED_TYPE && feedDate >= wanted.submittedAt - CLOCK_MARGIN_MS,
    );
  return found?.feedId;
}
