import { describe, expect, it } from "vitest";
import {
  abandonFeed,
  askFeedAgain,
  claimFeed,
  doubtFeed,
  feedSubmitted,
  forgetFeed,
  giveUpFeed,
  listingsBehind,
  rebuildFromLog,
  settleFeed,
  takeDueFeed,
  type Channel,
  type OpenFeed,
} from "../src/index.ts";
import { claim, connect, follow, list, listing, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
const options = { atLeast: 1, limit: 10, unheardMs: 60_000 };
const retry = { status: "retry", code: "feed_stuck", message: "given up" } as const;
let channel: Channel;

/** A channel with a listing of each SKU, that many in stock, nothing pushed yet. @param shown what each listing shows. */
async function selling(
  stock: Readonly<Record<string, number>>,
  shown: number | null = null,
): Promise<Readonly<Record<string, string>>> {
  channel = await connect(its.pool, { comparesAndSets: false });
  for (const [sku, quantity] of Object.entries(stock)) its.ledger.receive(sku, quantity);
  await follow(its.pool, its.ledger);
  const ids: Record<string, string> = {};
  // What an import finds is believed where the stock was heard of before.
  for (const sku of Object.keys(stock)) ids[sku] = await list(its.pool, channel, sku, { available: shown });
  return ids;
}

async function sell(sku: string, quantity: number): Promise<void> {
  its.ledger.sell(sku, quantity);
  await follow(its.pool, its.ledger);
}

async function feedNow(told: Partial<typeof options> = {}): Promise<readonly string[]> {
  const feed = await claimFeed(its.pool, channel.channelId, { ...options, ...told });
  return (feed?.pushes ?? []).map(({ listing: { sku } }) => sku);
}

/** Claims a feed and has the channel take it. */
async function submitted(): Promise<OpenFeed> {
  const feed = await claimFeed(its.pool, channel.channelId, options);
  if (!feed) throw new Error("there is nothing to feed");
  await feedSubmitted(its.pool, feed.feedId, "feed-1", 0);
  const due = await takeDueFeed(its.pool, channel.channelId, 60_000);
  if (!due) throw new Error("the feed is not due");
  return due;
}

const restOver = () => its.pool.query("update channel set feeds_rest_until = now()");

describe("what may sell out before a feed ends", () => {
  it("is left to calls: five units are, six are not", async () => {
    await selling({ FIVE: 5, SIX: 6 }, 90);
    expect(await feedNow()).toEqual(["SIX"]);
  });

  it("is also what would not last four hours like the last one, whoever sold it", async () => {
    await selling({ SLOW: 100, FAST: 100 });
    await sell("SLOW", 10);
    for (let times = 0; times < 3; times += 1) await sell("FAST", 8);
    // 76 units are left, and four times 24 may be sold.
    expect(await feedNow()).toEqual(["SLOW"]);
  });

  it("is not what was only counted anew, reserved units let go of, or another allocation", async () => {
    await selling({ COUNTED: 1_000 });
    its.ledger.add("inventory.adjustment", "COUNTED", { onHand: -900, reserved: 0 });
    its.ledger.add("inventory.release", "COUNTED", { onHand: 0, reserved: -10 });
    await follow(its.pool, its.ledger);
    expect(await feedNow()).toEqual(["COUNTED"]);
  });

  it("counts a reservation when it is made, and not again when it is sold", async () => {
    await selling({ HELD: 60 });
    its.ledger.add("inventory.reserve", "HELD", { onHand: 0, reserved: 10 });
    its.ledger.add("inventory.sale", "HELD", { onHand: -10, reserved: -10 });
    await follow(its.pool, its.ledger);
    expect(await feedNow()).toEqual(["HELD"]);
    await its.pool.query("delete from feed");
    await its.pool.query("update sync_state set push_lease = null, push_leased_until = null");
    its.ledger.add("inventory.reserve", "HELD", { onHand: 0, reserved: 5 });
    await follow(its.pool, its.ledger);
    expect(await feedNow()).toEqual([]);
  });

  it("fades: what sold well yesterday goes into a feed today, and selling once more does not bring it all back", async () => {
    await selling({ FAST: 100 });
    await sell("FAST", 60);
    expect(await feedNow()).toEqual([]);
    await its.pool.query("update sync_state set desired_at = now() - interval '1 day'");
    await sell("FAST", 1);
    const { rows } = await its.pool.query("select sold_units::float8 as sold from sync_state");
    expect(rows).toEqual([{ sold: 1 }]);
    expect(await feedNow()).toEqual(["FAST"]);
  });

  it("fades to nothing without an end, also in months without a sale", async () => {
    await selling({ OLD: 100 });
    await sell("OLD", 1);
    for (let times = 0; times < 20; times += 1) {
      await its.pool.query("update sync_state set desired_at = desired_at - interval '60 days'");
      its.ledger.receive("OLD", 1);
      await follow(its.pool, its.ledger);
    }
    expect(await feedNow()).toEqual(["OLD"]);
  });

  it("is not counted again when the store is rebuilt from the log", async () => {
    await selling({ FAST: 100 });
    await sell("FAST", 15);
    await rebuildFromLog(its.pool);
    await follow(its.pool, its.ledger);
    expect(await feedNow()).toEqual(["FAST"]);
  });

  it("goes into a feed all the same beyond what calls get through meanwhile, the scarcest left to them", async () => {
    await selling({ ONE: 1, TWO: 2, THREE: 3, FOUR: 4, MANY: 90 }, 99);
    expect(new Set(await feedNow({ atLeast: 3 }))).toEqual(new Set());
    expect(new Set(await feedNow({ atLeast: 2 }))).toEqual(new Set(["THREE", "FOUR", "MANY"]));
  });
});

describe("a raise of what may sell out before a feed ends", () => {
  it("is left to calls, which read first, however many there are: a feed would offer a unit again that was just sold", async () => {
    await selling({ A: 3, B: 3, C: 3, D: 3 }, 1);
    expect(await feedNow()).toEqual([]);
    expect(await listingsBehind(its.pool, 10)).toHaveLength(4);
  });

  it("is also that of a listing of which nobody knows what it shows", async () => {
    await selling({ FOUR: 4, FIVE: 5, SIX: 6 });
    expect(await feedNow()).toEqual(["SIX"]);
  });

  it("takes no decrease's place among those that calls get through meanwhile", async () => {
    await selling({ LOW: 2, LOWER: 1, MANY: 90 }, 99);
    its.ledger.receive("UP", 1);
    await follow(its.pool, its.ledger);
    await list(its.pool, channel, "UP", { available: 0 });
    expect(new Set(await feedNow())).toEqual(new Set(["LOW", "MANY"]));
  });
});

describe("an open feed of which a listing sold out", () => {
  const soon = { askInMs: 300_000, ifSoldOutMs: 0 };
  const take = () => takeDueFeed(its.pool, channel.channelId, 60_000);

  it("is asked after sooner, by one process at a time", async () => {
    await selling({ A: 9, B: 9 });
    const feed = await submitted();
    await askFeedAgain(its.pool, feed, soon);
    expect(await take()).toBeUndefined();
    await sell("B", 9);
    const taken = await Promise.all([take(), take(), take()]);
    expect(feed.hasSoldOut).toBe(false);
    expect(taken.filter((one) => one !== undefined)).toMatchObject([{ feedId: feed.feedId, hasSoldOut: true }]);
    expect(await take()).toBeUndefined();
  });

  it("is not asked after sooner for another listing that waits for its call", async () => {
    await selling({ A: 9, B: 9 });
    const feed = await submitted();
    await list(its.pool, channel, "C");
    its.ledger.receive("C", 9);
    await sell("C", 9);
    await askFeedAgain(its.pool, feed, soon);
    expect(await take()).toBeUndefined();
  });
});

describe("after a feed that came to nothing", () => {
  it("no other is made for a while, in whatever process, and its listings go by calls", async () => {
    const { A } = await selling({ A: 9, B: 9 });
    await settleFeed(its.pool, await submitted(), [retry, retry], 60_000);
    expect(await feedNow()).toEqual([]);
    expect(await claim(its.pool, channel, A!)).toMatchObject({ quantity: 9, expected: null });
    await restOver();
    expect(await feedNow()).toEqual(["B"]);
  });

  it("also when the channel refused to take it", async () => {
    await selling({ A: 9 });
    const feed = await claimFeed(its.pool, channel.channelId, options);
    await abandonFeed(its.pool, feed!, 60_000);
    expect(await feedNow()).toEqual([]);
    await restOver();
    expect(await feedNow()).toEqual(["A"]);
  });

  it("feeds of other channels are made", async () => {
    await selling({ A: 9 });
    await settleFeed(its.pool, await submitted(), [retry], 60_000);
    await selling({ A: 9 });
    expect(await feedNow()).toEqual(["A"]);
  });
});

describe("a feed that was given up and may yet be worked off", () => {
  const watched = { restMs: 0, askInMs: 0 };
  const readLongAgo = () => its.pool.query("update sync_state set shown_at = now() - interval '11 minutes'");

  it("lets its listings be pushed by calls, is asked after, and keeps other feeds back until it is forgotten", async () => {
    const { A } = await selling({ A: 9, B: 9 });
    const feed = await submitted();
    await giveUpFeed(its.pool, feed, [retry, retry], watched);
    await push(its.pool, channel, A!);
    expect(await feedNow()).toEqual([]);
    const due = await takeDueFeed(its.pool, channel.channelId, 60_000);
    expect(due).toMatchObject({ feedId: feed.feedId, submittedAs: "feed-1", givenUpAt: expect.any(Date) });
    await forgetFeed(its.pool, feed);
    expect(await feedNow()).toEqual(["B"]);
  });

  it("has what it could oversell read again, but not what was read or pushed just now", async () => {
    const { GONE, FULL } = await selling({ GONE: 9, FULL: 90, RAISED: 6, CALLED: 1, SAME: 4 }, 99);
    const feed = await submitted();
    expect(feed.pushes.map(({ quantity }) => quantity)).toContain(4);
    await giveUpFeed(
      its.pool,
      feed,
      feed.pushes.map(() => retry),
      watched,
    );
    await sell("GONE", 9);
    its.ledger.receive("RAISED", 9);
    await follow(its.pool, its.ledger);
    for (const { listingId } of await listingsBehind(its.pool, 10)) await push(its.pool, channel, listingId);
    await doubtFeed(its.pool, feed, "scarce");
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    await readLongAgo();
    await doubtFeed(its.pool, feed, "scarce");
    expect(await listingsBehind(its.pool, 10)).toMatchObject([
      { listingId: GONE, shown: null, target: 0, priority: 1 },
    ]);
    await settle(its.pool, await claim(its.pool, channel, GONE!), { status: "stale", actual: 0 });
    await doubtFeed(its.pool, feed, "scarce");
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    expect(await listing(its.pool, FULL!)).toMatchObject({ shown: 90 });
  });

  it("leaves all of its listings in doubt when it ends, also one that is being pushed", async () => {
    const { A, B } = await selling({ A: 9, B: 9 });
    const feed = await submitted();
    await giveUpFeed(its.pool, feed, [retry, retry], watched);
    await push(its.pool, channel, A!);
    const pushing = await claim(its.pool, channel, B!);
    await doubtFeed(its.pool, feed, "all");
    await settle(its.pool, pushing, { status: "accepted" });
    const behind = await listingsBehind(its.pool, 10);
    expect(new Set(behind.map(({ listingId, shown }) => [listingId, shown].join()))).toEqual(
      new Set([`${A},`, `${B},`]),
    );
  });
});
