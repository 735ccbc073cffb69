import {
  FEED_STUCK,
  NOT_SUBMITTED,
  type ChannelSession,
  type FeedCapability,
  type FeedReport,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import {
  abandonFeed,
  askFeedAgain,
  claimFeed,
  doubtFeed,
  feedSubmitted,
  forgetFeed,
  giveUpFeed,
  settleFeed,
  takeDueFeed,
  type Feed,
  type OpenFeed,
  type PushOutcome,
} from "@lastunit/store";
import { callContext, channelErrorOf } from "../call.ts";
import { attend, type Attendant, type OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { updateOf } from "./claims.ts";
import { insisting } from "./insisting.ts";

/** How often to look whether enough listings are behind. */
const LOOK_EVERY_MS = 2_000;
const FIRST_ASK_MS = 5_000;
/** A listing that sold out waits for its feed's end: then it is asked after more often than the channel's own pace. */
const SOLD_OUT_ASK_MS = 5_000;
/** While one process asks after a feed, no other does. */
const ASKING_MS = 60_000;
/** A feed that may have been taken without our hearing of it gets this long; nobody can tell us what became of it. */
const UNHEARD_MS = 30 * 60_000;
/** A feed that stays open this long is stuck. */
const GIVE_UP_MS = 6 * 3_600_000;
/** Amazon takes up to eight hours for a feed under load; one that is older writes no more. */
const DEAD_MS = 12 * 3_600_000;
/** How often to look at a feed that was given up, when the channel says no time. */
const WATCH_EVERY_MS = 60_000;
/**
 * After a feed that came to nothing its listings go by calls, as long as it took, within these: another feed would most
 * likely end as it did, and have them wait again. So they do after one that was taken back.
 */
const SHORTEST_REST_MS = 30 * 60_000;
const LONGEST_REST_MS = GIVE_UP_MS;

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
  /** The feed that was to be taken back and had begun: that is not tried again. */
  let begun: string | undefined;

  async function run(): Promise<number> {
    const due = await takeDueFeed(store, channelId, ASKING_MS);
    if (due) {
      await (due.givenUpAt === null ? ask(due) : watch(due));
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
      await insisting(() => feedSubmitted(store, feed.feedId, submittedAs, FIRST_ASK_MS));
      open.log.info({ feed: submittedAs, listings: feed.pushes.length }, "a feed was submitted");
    } catch (cause) {
      const { failure, code } = channelErrorOf(cause);
      // Without an answer it may have been taken: it stays open until that can't be any more.
      if (failure === "unavailable" && code !== NOT_SUBMITTED) throw cause;
      // The same listings would be refused again. Called singly, each hears what is wrong with it.
      await insisting(() => abandonFeed(store, feed, failure === "rejected" ? SHORTEST_REST_MS : 0));
      throw cause;
    }
  }

  async function ask(feed: OpenFeed): Promise<void> {
    const report = await reportOf(feed);
    if (report.status === "done") return end(feed, report.outcomes.map(outcomeOf));
    if (feed.submittedAs === null) return giveUp(feed, "it was never heard whether the channel took the feed");
    if (ageOf(feed) > GIVE_UP_MS) return giveUp(feed, "the feed is stuck at the channel");
    const { askAgainMs } = report;
    // First: taking it back may fail.
    await askFeedAgain(store, feed, { askInMs: askAgainMs, ifSoldOutMs: Math.min(askAgainMs, SOLD_OUT_ASK_MS) });
    if (feed.hasSoldOut && (await isTakenBack(feed))) await releaseTakenBack(feed);
  }

  async function isTakenBack({ feedId, submittedAs }: OpenFeed): Promise<boolean> {
    if (submittedAs === null || feedId === begun) return false;
    const isCancelled = (await open.session.cancelFeed?.(submittedAs, call())) ?? false;
    if (!isCancelled) begun = feedId;
    return isCancelled;
  }

  /**
   * Its listings go by calls next, the sold-out ones first, and no feed is made for a while: were they to go in another
   * at once, the next one that sells out would send them to the end of the channel's queue again, and again. So each time
   * a feed is taken back calls get half an hour at least, and its listings wait no longer than by calls alone.
   */
  async function releaseTakenBack(feed: OpenFeed): Promise<void> {
    const restMs = restAfter(feed);
    const facts = { feed: feed.submittedAs, listings: feed.pushes.length, rest_ms: restMs };
    open.log.info(facts, "a feed was taken back, for a listing of it sold out; its listings go by calls for a while");
    await insisting(() => abandonFeed(store, feed, restMs));
  }

  /** A feed that can't be read, and is too old to be waited for, counts as open. */
  async function reportOf(feed: OpenFeed): Promise<FeedReport> {
    const unread = { status: "open", askAgainMs: WATCH_EVERY_MS } as const;
    if (feed.submittedAs === null) return unread;
    try {
      return await verb(open.session, "collectFeed")(feed.submittedAs, feed.pushes.map(updateOf), call());
    } catch (cause) {
      const { failure } = channelErrorOf(cause);
      if (ageOf(feed) > GIVE_UP_MS && (failure === "rejected" || failure === "unavailable")) return unread;
      throw cause;
    }
  }

  async function end(feed: OpenFeed, outcomes: readonly PushOutcome[]): Promise<void> {
    if (outcomes.some(({ status }) => status !== "retry")) return settleFeed(store, feed, outcomes);
    const restMs = restAfter(feed);
    const facts = { feed: feed.submittedAs, listings: feed.pushes.length, rest_ms: restMs };
    open.log.warn(facts, "a feed came to nothing; its listings go by calls for a while");
    if (!outcomes.some(isStuck)) return settleFeed(store, feed, outcomes, restMs);
    await giveUpFeed(store, feed, outcomes, { restMs, askInMs: FIRST_ASK_MS });
  }

  /** What its rows did is unknown, so each listing is pushed in full. */
  async function giveUp(feed: OpenFeed, message: string): Promise<void> {
    const restMs = restAfter(feed);
    open.log.error({ feed: feed.submittedAs, listings: feed.pushes.length, rest_ms: restMs }, message);
    const outcomes = feed.pushes.map(() => ({ status: "failed", message }) as const);
    await giveUpFeed(store, feed, outcomes, { restMs, askInMs: WATCH_EVERY_MS });
  }

  /**
   * A feed that was given up may be worked off all the same, over what was called since. Until it ends, those of its
   * listings that it could oversell are read again and again; then all of them are.
   */
  async function watch(feed: OpenFeed): Promise<void> {
    const report = await reportOf(feed);
    const isOpen = report.status === "open" || report.outcomes.map(outcomeOf).some(isStuck);
    if (isOpen && ageOf(feed) <= DEAD_MS) {
      await doubtFeed(store, feed, "scarce");
      const askInMs = report.status === "open" ? report.askAgainMs : WATCH_EVERY_MS;
      return askFeedAgain(store, feed, { askInMs, ifSoldOutMs: askInMs });
    }
    open.log.info({ feed: feed.submittedAs, is_open: isOpen }, "a feed that was given up can write no more");
    await doubtFeed(store, feed, "all");
    await forgetFeed(store, feed);
  }

  return attend(parts, open, onUnauthorized, { what: "a feed could not be sent or asked after", run });
}

function ageOf({ submittedAt }: OpenFeed): number {
  return Date.now() - submittedAt.getTime();
}

function restAfter(feed: OpenFeed): number {
  return Math.min(Math.max(ageOf(feed), SHORTEST_REST_MS), LONGEST_REST_MS);
}

function isStuck(outcome: PushOutcome): boolean {
  return outcome.status === "retry" && outcome.code === FEED_STUCK;
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

/** A limit that turned away a row is the row's own: the feed as a whole went through. */
function outcomeOf(outcome: UpdateOutcome): PushOutcome {
  if (outcome.status !== "throttled") return outcome;
  return { status: "retry", code: "throttled", message: "The channel's limit turned this row away." };
}
