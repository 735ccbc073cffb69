import { ChannelError, type ChannelSession, type FeedReport, type UpdateOutcome } from "@lastunit/adapter-contract";
import {
  claimFeed,
  claimPushes,
  findListings,
  listingsBehind,
  listListings,
  settlePushes,
  type ClaimedPush,
} from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Attendant } from "../channels/attend.ts";
import { openChannel } from "../channels/open-channel.ts";
import { cutWaiting } from "../testing/cut.ts";
import { MERCHANT, startWorld, type Connected, type World } from "../testing/world.ts";
import { startFeeder } from "./feeder.ts";

const SKUS = ["A", "B", "C"] as const;
const stuck: UpdateOutcome = { status: "retry", code: "feed_stuck", message: "not done in an hour" };
const open: FeedReport = { status: "open", askAgainMs: 300_000 };
/** Of what takes the feeder some seconds, and else the channel's own pace of minutes. */
const SECONDS = { timeoutMs: 60_000 };
const done = (...outcomes: readonly UpdateOutcome[]): FeedReport => ({ status: "done", outcomes });
const ofAll = (outcome: UpdateOutcome) => done(...SKUS.map(() => outcome));

let world: World;
beforeAll(async () => {
  world = await startWorld("walmart", "postgres");
});
afterAll(() => world.stop());

/** A channel of which the feeder alone is at work, and what the channel says to it. */
let shop: Connected;
let submit: () => string | Promise<string>;
let collect: () => FeedReport;
let asked: number;
/** What the channel answers to taking a feed back, and how often it was asked to. */
let cancel: () => boolean;
let cancelled: number;
let feeder: Attendant;
let catalogs = 0;

const skuOf = (name: string) => `${name}-${catalogs}`;

beforeEach(async () => {
  catalogs += 1;
  asked = 0;
  cancel = () => false;
  cancelled = 0;
  submit = () => "feed-1";
  collect = () => open;
  shop = await world.connect(SKUS.map((name) => ({ sku: skuOf(name), quantity: 100 })));
  for (const name of SKUS) await shop.receive(skuOf(name), 1);
  await until("all are behind", async () => (await behind()).length === SKUS.length);
  const opened = openChannel(world.parts, shop.channel);
  const session: ChannelSession = {
    ...opened.session,
    submitFeed: async () => submit(),
    async collectFeed() {
      asked += 1;
      return collect();
    },
    async cancelFeed() {
      cancelled += 1;
      return cancel();
    },
  };
  feeder = startFeeder(world.parts, { ...opened, session }, { from: 3, listings: 10 }, () => Promise.resolve());
  return () => opened.close();
});
afterEach(() => feeder.close());

const behind = async () =>
  (await listingsBehind(world.store, 10)).filter(({ channelId }) => channelId === shop.channel.channelId);
const feeds = async () =>
  (await world.store.query("select * from feed where channel_id = $1", [shop.channel.channelId])).rows;
const askNow = () =>
  world.store.query("update feed set ask_at = now() where channel_id = $1", [shop.channel.channelId]);
const age = (hours: number) =>
  world.store.query("update feed set submitted_at = now() - make_interval(hours => $2) where channel_id = $1", [
    shop.channel.channelId,
    hours,
  ]);

/** Waits for what follows from asking after the feed. */
async function askedUntil(description: string, condition: () => Promise<boolean>): Promise<void> {
  await until(description, async () => {
    await askNow();
    return condition();
  });
}

async function listingOf(name: string) {
  const found = (await listListings(world.store, { merchantId: MERCHANT, limit: 100 })).filter(
    ({ sku, channelId }) => sku === skuOf(name) && channelId === shop.channel.channelId,
  );
  const [listing] = found;
  if (!listing) throw new Error(`there is no listing of ${name}`);
  return listing;
}

/** What a call does. */
async function push(name: string): Promise<readonly ClaimedPush[]> {
  const { listingId } = await listingOf(name);
  const options = { atMost: 1, soldOutToo: false, buckets: { notAmong: [] } };
  const { claimed } = await claimPushes(world.store, shop.channel.channelId, [listingId], 30, options);
  const now = new Date();
  await settlePushes(
    world.store,
    claimed.map((one) => ({ ...one, requestedAt: now, answeredAt: now, outcome: { status: "accepted" } })),
  );
  return claimed;
}

const restsFromFeeds = async () => {
  const size = { atLeast: 1, limit: 1, unheardMs: 60_000 };
  return (await claimFeed(world.store, shop.channel.channelId, size)) === undefined;
};

const restsForHalfAnHour = async () => {
  const { rows } = await world.store.query(
    "select from channel where channel_id = $1 and feeds_rest_until > now() + interval '29 min'",
    [shop.channel.channelId],
  );
  return rows.length === 1;
};

const isOpen = () => until("a feed is open", async () => (await feeds()).some((feed) => feed["external_id"] !== null));
const isGivenUp = () => askedUntil("it is given up", async () => (await feeds()).some((feed) => feed["given_up_at"]));

describe("the feeder", () => {
  it("hears of a feed's end within seconds, not minutes, when one of its listings sold out", async () => {
    await isOpen();
    await until("it asked", () => asked === 1, SECONDS);
    await shop.sellElsewhere(skuOf("B"), 101);
    collect = () => ofAll({ status: "accepted" });
    await until("the sold-out listing is next", async () => (await behind())[0]?.target === 0, SECONDS);
    expect(await feeds()).toEqual([]);
  });

  it("takes a feed back that has not begun when one of its listings sold out: that goes next, and all go by calls", async () => {
    cancel = () => true;
    await isOpen();
    await shop.sellElsewhere(skuOf("B"), 101);
    await askedUntil("it was taken back", async () => (await feeds()).length === 0);
    expect(cancelled).toBe(1);
    expect((await behind()).map(({ target }) => target)).toEqual([0, 101, 101]);
    // Nothing was written: what is shown is known.
    expect(await push("B")).toMatchObject([{ quantity: 0, expected: 100 }]);
    expect(await push("A")).toMatchObject([{ quantity: 101, expected: 100 }]);
    for (const name of SKUS) await shop.receive(skuOf(name), 1);
    await until("enough are behind for a feed", async () => (await behind()).length === SKUS.length);
    expect(await restsFromFeeds()).toBe(true);
    expect(await restsForHalfAnHour()).toBe(true);
  });

  it("takes no feed back of which nothing sold out", async () => {
    cancel = () => true;
    await isOpen();
    await shop.sellElsewhere(skuOf("B"), 50);
    await until("that is known", async () => (await listingOf("B")).target === 51);
    const before = asked;
    await askedUntil("it was asked after", async () => asked > before);
    expect(await push("B")).toEqual([]);
    expect(cancelled).toBe(0);
  });

  it("tries to take a feed back once when it has begun, and waits for it", async () => {
    await isOpen();
    await shop.sellElsewhere(skuOf("B"), 101);
    await askedUntil("it was tried", async () => cancelled > 0);
    const before = asked;
    await askedUntil("it was asked after since", async () => asked > before + 1);
    expect(cancelled).toBe(1);
    expect(await push("B")).toEqual([]);
    collect = () => ofAll({ status: "accepted" });
    await askedUntil("it is settled", async () => (await feeds()).length === 0);
    expect(await behind()).toMatchObject([{ target: 0, shown: 101 }]);
  });

  it("tries again within seconds when the channel did not answer whether it takes a feed back", async () => {
    cancel = () => {
      if (cancelled === 1) throw new ChannelError("unavailable", "no answer", { code: "timeout" });
      return true;
    };
    await isOpen();
    await shop.sellElsewhere(skuOf("B"), 101);
    await until("it was taken back", async () => (await feeds()).length === 0, SECONDS);
    expect(cancelled).toBe(2);
  });

  /** Has the store away when it is to be told what became of the next feed, which the channel answers so. */
  async function awayAfter(answer: () => string): Promise<void> {
    await isOpen();
    collect = () => ofAll({ status: "accepted" });
    await askedUntil("the first feed is settled", async () => (await feeds()).length === 0);
    const holder = await world.store.connect();
    submit = async () => {
      await holder.query("begin");
      await holder.query("select from feed where channel_id = $1 for update", [shop.channel.channelId]);
      return answer();
    };
    for (const name of SKUS) await shop.receive(skuOf(name), 1);
    await cutWaiting(holder);
  }

  it("keeps the id of a feed that the channel took while its store was away for a moment", async () => {
    await awayAfter(() => "feed-2");
    await isOpen();
    expect(await feeds()).toMatchObject([{ external_id: "feed-2" }]);
  });

  it("gives back a feed that the channel refused while its store was away for a moment", async () => {
    await awayAfter(() => {
      throw new ChannelError("rejected", "none can be written", { code: "nothing_to_send" });
    });
    await until("it was given back", async () => (await feeds()).length === 0);
    expect(await push("A")).toHaveLength(1);
  });

  it("makes no other feed for a while when the channel would take none of its listings: they go by calls", async () => {
    await isOpen();
    collect = () => done(stuck, { status: "accepted" }, { status: "accepted" });
    await askedUntil("a feed that came to something is settled", async () => (await feeds()).length === 0);
    submit = () => {
      throw new ChannelError("rejected", "none can be written", { code: "nothing_to_send" });
    };
    for (const name of SKUS) await shop.receive(skuOf(name), 1);
    await until("it was refused", restsForHalfAnHour);
    expect(await restsFromFeeds()).toBe(true);
    expect(await push("A")).toHaveLength(1);
  });

  it("makes no other feed for as long as the one took that came to nothing", async () => {
    await isOpen();
    await age(2);
    collect = () => ofAll({ status: "retry", code: "ERROR", message: "the file could not be used" });
    await askedUntil("it is settled", async () => (await feeds()).length === 0);
    expect(await restsFromFeeds()).toBe(true);
    const { rows } = await world.store.query(
      `select from channel where channel_id = $1 and feeds_rest_until between now() + interval '119 min' and now() + interval '121 min'`,
      [shop.channel.channelId],
    );
    expect(rows).toHaveLength(1);
    expect(await push("A")).toHaveLength(1);
  });

  it("goes on asking after a feed that the adapter gave up, and doubts what it wrote when it was worked off after all", async () => {
    await isOpen();
    collect = () => ofAll(stuck);
    await isGivenUp();
    for (const name of SKUS) expect(await push(name)).toMatchObject([{ quantity: 101, expected: null }]);
    await askedUntil("it is still stuck", async () => asked >= 3);
    expect(await behind()).toEqual([]);
    collect = () => ofAll({ status: "accepted" });
    await askedUntil("it is over", async () => (await feeds()).length === 0);
    expect(await behind()).toMatchObject([{ shown: null }, { shown: null }, { shown: null }]);
  });

  it("gives a feed up that stays open, reads what it could oversell again, and forgets it when it must be dead", async () => {
    await isOpen();
    await age(5);
    await askedUntil("it is asked after", async () => asked > 0);
    expect(await push("A")).toEqual([]);
    await age(7);
    await isGivenUp();
    for (const name of SKUS) await push(name);
    await shop.sellElsewhere(skuOf("C"), 101);
    await until("it sold out", async () => (await behind()).length === 1);
    await push("C");
    await world.store.query("update sync_state set shown_at = now() - interval '11 minutes'");
    await askedUntil("it is read again", async () => (await behind()).length === 1);
    expect(await behind()).toMatchObject([{ listingId: (await listingOf("C")).listingId, shown: null }]);
    await age(13);
    await askedUntil("it is forgotten", async () => (await feeds()).length === 0);
    expect(await behind()).toHaveLength(SKUS.length);
  });

  it("gives a feed up that can't be read any more, once it is old, and not before", async () => {
    await isOpen();
    collect = () => {
      throw new ChannelError("rejected", "there is no such feed", { code: "NotFound" });
    };
    await askedUntil("it is asked after", async () => asked > 0);
    expect((await feeds())[0]).toMatchObject({ given_up_at: null });
    expect(await push("A")).toEqual([]);
    await age(7);
    await isGivenUp();
    expect(await push("A")).toHaveLength(1);
  });

  it("looks for what a feed wrote of which it was never heard whether the channel took it", async () => {
    await isOpen();
    await world.store.query("update feed set external_id = null where channel_id = $1", [shop.channel.channelId]);
    await isGivenUp();
    for (const name of SKUS) await push(name);
    await age(13);
    await askedUntil("it is forgotten", async () => (await feeds()).length === 0);
    expect(await behind()).toHaveLength(SKUS.length);
    expect(asked).toBe(0);
    expect(await findListings(world.store, [(await listingOf("A")).listingId])).toMatchObject([{ shown: null }]);
  });
});
