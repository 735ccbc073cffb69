import {
  FEED_STUCK,
  type CallContext,
  type FeedReport,
  type InventoryUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import type { WalmartClient } from "../client.ts";
import type { Seller } from "../locations.ts";
import { shownAt } from "../nodes.ts";
import { shipNodeNeeded } from "../push-inventory.ts";
import { rowOutcome } from "./feed-row.ts";
import { readFeed, readFeedRows, type FeedHead } from "./read-feed.ts";
import { placed, type Placed } from "./placed.ts";
import { findReserved, readSome } from "./unshipped.ts";

/** Walmart names 30 minutes at most for working a feed off; what takes twice that is taken for lost. */
const STUCK_MS = 60 * 60_000;
const SOONEST_MS = 2_000;
const LATEST_MS = 5 * 60_000;
/** Nor is it known then whether it is stuck: that is for the worker, which knows when it submitted it. */
const AGE_UNKNOWN_MS = 15_000;
/** A worker waits for a feed no longer. */
const FEED_LASTS_MS = 12 * 3_600_000;
/** How far Walmart's clock may be ahead of ours. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * What became of a feed. PROCESSED says nothing of its rows, so each row's own status counts. Of a SKU with orders that
 * were open or changed meanwhile, what buyers see is read as well: a unit shipped after the file was made would be for
 * sale again.
 */
export async function collectFeed(
  client: WalmartClient,
  seller: Seller,
  { feedId, updates }: { readonly feedId: string; readonly updates: readonly InventoryUpdate[] },
  call: CallContext,
): Promise<FeedReport> {
  const feed = await readFeed(client, feedId, call);
  switch (feed.feedStatus) {
    case "PROCESSED": {
      const all = await placed(updates, seller, call);
      return { status: "done", outcomes: await outcomesOf(client, feed, all, call) };
    }
    case "ERROR":
      return done(updates, { status: "retry", code: feed.problem.code, message: feed.problem.message });
    case "RECEIVED":
    case "INPROGRESS":
      return waitFor(feed, updates);
  }
}

function waitFor(feed: FeedHead, updates: readonly InventoryUpdate[]): FeedReport {
  if (feed.submittedAt === undefined) return { status: "open", askAgainMs: AGE_UNKNOWN_MS };
  const ageMs = Date.now() - feed.submittedAt;
  // Twice as long each time, from the feed's age alone: whoever asks needs to remember nothing.
  if (ageMs < STUCK_MS) return { status: "open", askAgainMs: Math.min(Math.max(ageMs, SOONEST_MS), LATEST_MS) };
  return done(updates, { status: "retry", code: FEED_STUCK, message: "Walmart did not finish the feed in an hour" });
}

function done(updates: readonly InventoryUpdate[], outcome: UpdateOutcome): FeedReport {
  return { status: "done", outcomes: updates.map(() => outcome) };
}

async function outcomesOf(
  client: WalmartClient,
  feed: FeedHead,
  all: readonly Placed[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const skus = new Set(
    all.flatMap(({ update, shipNode }) => (shipNode === undefined ? [] : [update.listing.externalId])),
  );
  const rows = await readFeedRows(client, feed, skus, call);
  const outcomes = all.map(({ update, shipNode }): UpdateOutcome =>
    shipNode === undefined ? shipNodeNeeded([]) : rowOutcome(rows, update.listing.externalId),
  );

  const since = (feed.submittedAt ?? Date.now() - FEED_LASTS_MS) - CLOCK_MARGIN_MS;
  const mayBeReserved = await findReserved(client, since, call);
  const inDoubt = all.filter(
    ({ update }, index) => outcomes[index]?.status === "accepted" && mayBeReserved(update.listing.externalId),
  );
  const held = await readSome(
    client,
    inDoubt.map(({ update }) => update.listing.externalId),
    call,
  );
  const doubtful = new Set(inDoubt);
  return all.map((one, index) => {
    const outcome = outcomes[index] ?? rowOutcome(rows, one.update.listing.externalId);
    if (!doubtful.has(one)) return outcome;
    const nodes = held.get(one.update.listing.externalId);
    const shown = nodes && shownAt(nodes, one.shipNode ?? null).available;
    return shown === one.update.quantity ? outcome : mayShowOtherwise;
  });
}

const mayShowOtherwise: UpdateOutcome = {
  status: "retry",
  code: "orders_meanwhile",
  message: "Orders of it changed while Walmart worked the feed off",
};
