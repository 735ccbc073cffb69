import type { ChannelSession, FeedCapability, InventoryUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import {
  abandonFeed,
  claimFeed,
  feedSubmitted,
  settleFeed,
  takeDueFeed,
  type ClaimedPush,
  type Feed,
  type OpenFeed,
  type PushOutcome,
} from "@lastunit/store";
import { callContext, channelErrorOf } from "../call.ts";
import { attend, type Attendant, type OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";

/** How often to look whether enough listings are behind. */
const LOOK_EVERY_MS = 2_000;
const FIRST_ASK_MS = 5_000;
/** While one process asks after a feed, no other does. */
const ASKING_MS = 60_000;
/** A feed that may have been taken without our hearing of it: by then the channel has worked it off, or never will. */
const UNHEARD_MS = 30 * 60_000;
/** A feed that stays open this long is stuck. */
const GIVE_UP_MS = 6 * 3_600_000;

/**
 * Sends a channel's listings as feeds when many are behind, and asks after the feeds until each row is known. The
 * listings of an open feed are claimed all the time, so that no call is made beside it.
 */
export function startFeeder(
  parts: WorkerParts,
  open: OpenChannel,
  feeds: FeedCapability,
  onUnauthorized: OnUnauthorized,
): Attendant {
  const { store } = parts;
  const { channelId } = open.channel;
  // A feed is not cut short when the channel is closed: whether it was taken would then be unknown.
  const call = () => callContext({ stopping: parts.stopping, log: open.log });

  async function run(): Promise<number> {
    const due = await takeDueFeed(store, channelId, ASKING_MS);
    if (due) {
      await ask(due);
      return 0;
    }
    const size = { atLeast: feeds.from, limit: feeds.listings, unheardMs: UNHEARD_MS };
    const feed = await claimFeed(store, channelId, size);
    if (feed) await submit(feed);
    return LOOK_EVERY_MS;
  }

  async function submit(feed: Feed): Promise<void> {
    try {
      const submittedAs = await verb(open.session, "submitFeed")(feed.pushes.map(updateOf), call());
      await feedSubmitted(store, feed.feedId, submittedAs, FIRST_ASK_MS);
      open.log.info({ feed: submittedAs, listings: feed.pushes.length }, "a feed was submitted");
    } catch (cause) {
      // Without an answer it may have been taken: it stays open until that can't be any more.
      const { failure, code } = channelErrorOf(cause);
      if (failure !== "unavailable" || code === "not_submitted") await abandonFeed(store, feed);
      throw cause;
    }
  }

  async function ask(feed: OpenFeed): Promise<void> {
    if (feed.submittedAs === null) return giveUp(feed, "it was never heard whether the channel took the feed");
    const report = await verb(open.session, "collectFeed")(feed.submittedAs, feed.pushes.map(updateOf), call());
    if (report.status === "done") return settleFeed(store, feed, report.outcomes.map(outcomeOf));
    if (Date.now() - feed.submittedAt.getTime() > GIVE_UP_MS) return giveUp(feed, "the feed is stuck at the channel");
    await feedSubmitted(store, feed.feedId, feed.submittedAs, report.askAgainMs);
  }

  /** What its rows did is unknown, so each listing is pushed in full. */
  async function giveUp(feed: OpenFeed, message: string): Promise<void> {
    open.log.error({ feed: feed.submittedAs, listings: feed.pushes.length }, message);
    await settleFeed(
      store,
      feed,
      feed.pushes.map(() => ({ status: "failed", message })),
    );
  }

  return attend(parts, open, onUnauthorized, { what: "a feed could not be sent or asked after", run });
}

/** An adapter that says it takes feeds has both verbs. */
function verb<Name extends "submitFeed" | "collectFeed">(
  session: ChannelSession,
  name: Name,
): NonNullable<ChannelSession[Name]> {
  const found = session[name];
  if (!found) throw new Error(`the adapter takes feeds but has no ${name}`);
  return found;
}

function updateOf({ listing, quantity, expected, position }: ClaimedPush): InventoryUpdate {
  return { listing, quantity, expected, position };
}

/** A limit that turned away a row is the row's own: the feed as a whole went through. */
function outcomeOf(outcome: UpdateOutcome): PushOutcome {
  if (outcome.status !== "throttled") return outcome;
  return { status: "retry", code: "throttled", message: "The channel's limit turned this row away." };
}
