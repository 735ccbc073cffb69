import { describe, expect, it } from "vitest";
import {
  abandonFeed,
  claimFeed,
  claimUnconfirmed,
  confirmShown,
  doubtShown,
  forgetShown,
  feedSubmitted,
  listingsBehind,
  settleFeed,
  takeDueFeed,
  type Channel,
  type NewChannel,
} from "../src/index.ts";
import { claim, claimAll, connect, follow, list, listing, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;

const SKUS = ["A", "B", "C"] as const;

/** A channel with a listing of each SKU, that many in stock, nothing pushed yet. */
async function selling(quantity: number, told: Partial<NewChannel> = {}): Promise<readonly string[]> {
  channel = await connect(its.pool, { comparesAndSets: false, ...told });
  const ids = [];
  for (const sku of SKUS) ids.push(await list(its.pool, channel, sku));
  for (const sku of SKUS) its.ledger.receive(sku, quantity);
  await follow(its.pool, its.ledger);
  return ids;
}

async function sell(sku: string, quantity: number): Promise<void> {
  its.ledger.sell(sku, quantity);
  await follow(its.pool, its.ledger);
}
/** As the channel names "A". */
const named = { externalId: "external-A", externalLocationId: null };

const tryClaim = (id: string) => claimAll(its.pool, channel, [id]);

describe("a revision budget", () => {
  async function tryClaimAndSettle(id: string): Promise<"pushed" | "held"> {
    const { claimed, held } = await tryClaim(id);
    if (held.length > 0) return "held";
    await settle(its.pool, claimed[0]!, { status: "accepted" });
    return "pushed";
  }

  /** Sells one and pushes it until the budget holds the listing back. @returns how many pushes went. */
  async function pushUntilHeld(id: string): Promise<number> {
    for (let pushes = 0; ; pushes += 1) {
      await sell("A", 1);
      if ((await tryClaimAndSettle(id)) === "held") return pushes;
    }
  }

  it("lets a listing far from empty change until two thirds of half a day's are gone, then gathers", async () => {
    const [id] = await selling(1_000, { revisionsPerDay: 250 });
    const went = await pushUntilHeld(id!);
    expect(went).toBeGreaterThanOrEqual(84);
    expect(went).toBeLessThanOrEqual(87);
    const { held } = await tryClaim(id!);
    const waitMs = held[0]!.heldUntil.getTime() - Date.now();
    expect(waitMs).toBeGreaterThan(0);
    // One more flows in every 691 s: half of 250 a day.
    expect(waitMs).toBeLessThanOrEqual(692_000);
  });

  it("keeps revisions for a listing that is nearly empty, and the last ones for one that is sold out", async () => {
    const [id] = await selling(1_000, { revisionsPerDay: 100 });
    await pushUntilHeld(id!);
    const { target } = await listing(its.pool, id!);
    await sell("A", target! - 5);
    let pushes = 0;
    for (; (await tryClaimAndSettle(id!)) === "pushed"; pushes += 1) {
      if (pushes % 2 === 0) await sell("A", 1);
      else its.ledger.receive("A", 1);
      await follow(its.pool, its.ledger);
    }
    expect(pushes).toBeGreaterThan(5);
    await sell("A", (await listing(its.pool, id!)).target!);
    await push(its.pool, channel, id!);
    expect((await listing(its.pool, id!)).shown).toBe(0);
  });

  it("is not spent by a push that was given back or refused", async () => {
    const [id] = await selling(1_000, { revisionsPerDay: 25 });
    for (let refused = 0; refused < 30; refused += 1) {
      await settle(its.pool, await claim(its.pool, channel, id!), {
        status: "rejected",
        code: "no",
        message: "not this one",
      });
    }
    expect(await tryClaimAndSettle(id!)).toBe("pushed");
  });

  it("is one for all listings that the channel counts together", async () => {
    const ids = await selling(1_000, { revisionsPerDay: 25 });
    await its.pool.query("update listing set revision_key = 'one-item' where channel_id = $1", [channel.channelId]);
    await pushUntilHeld(ids[0]!);
    expect((await tryClaim(ids[1]!)).held).toHaveLength(1);
  });
});

describe("a feed", () => {
  const options = { atLeast: 3, limit: 10, unheardMs: 60_000 };
  const dueNow = (feedId: string) => feedSubmitted(its.pool, feedId, "feed-1", 0);

  it("takes what is behind when it is enough, and nobody else may push it meanwhile", async () => {
    const [id] = await selling(9);
    const feed = await claimFeed(its.pool, channel.channelId, options);
    expect(feed?.pushes.map((one) => [one.listing.sku, one.quantity])).toEqual([
      ["A", 9],
      ["B", 9],
      ["C", 9],
    ]);
    await sell("A", 1);
    expect(await tryClaim(id!)).toEqual({ claimed: [], busy: [], held: [], left: [] });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
  });

  it("is not made of too few, nor while another is open", async () => {
    await selling(9);
    expect(await claimFeed(its.pool, channel.channelId, { ...options, atLeast: 4 })).toBeUndefined();
    expect(await claimFeed(its.pool, channel.channelId, { ...options, atLeast: 1, limit: 1 })).toBeDefined();
    expect(await claimFeed(its.pool, channel.channelId, { ...options, atLeast: 1 })).toBeUndefined();
  });

  it("leaves sold-out listings to a call of their own", async () => {
    await selling(9);
    await sell("B", 9);
    const feed = await claimFeed(its.pool, channel.channelId, { ...options, atLeast: 2 });
    expect(feed?.pushes.map((one) => one.listing.sku)).toEqual(["A", "C"]);
  });

  it("is asked after by one process at a time, with its pushes in the order they were sent", async () => {
    await selling(9);
    const feed = await claimFeed(its.pool, channel.channelId, options);
    expect(await takeDueFeed(its.pool, channel.channelId, 60_000)).toBeUndefined();
    await dueNow(feed!.feedId);
    const taken = await Promise.all([1, 2, 3].map(() => takeDueFeed(its.pool, channel.channelId, 60_000)));
    const [due, ...others] = taken.filter((one) => one !== undefined);
    expect(others).toEqual([]);
    expect(due).toMatchObject({ feedId: feed!.feedId, submittedAs: "feed-1", pushes: feed!.pushes });
  });

  it("settles each of its pushes by itself, and the listings may be pushed again", async () => {
    const [a, b, c] = await selling(9);
    const feed = await claimFeed(its.pool, channel.channelId, options);
    await sell("A", 2);
    await dueNow(feed!.feedId);
    const due = await takeDueFeed(its.pool, channel.channelId, 60_000);
    await settleFeed(its.pool, due!, [
      { status: "accepted" },
      { status: "rejected", code: "NO_SUCH_SKU", message: "unknown" },
      { status: "retry", code: "SYSTEM_ERROR", message: "try later" },
    ]);
    expect(await listing(its.pool, a!)).toMatchObject({ shown: 9, target: 7 });
    expect(await listing(its.pool, b!)).toMatchObject({ errorCode: "NO_SUCH_SKU" });
    expect(await listing(its.pool, c!)).toMatchObject({ shown: null });
    expect(new Set((await listingsBehind(its.pool, 10)).map((one) => one.listingId))).toEqual(new Set([a, c]));
    expect(await takeDueFeed(its.pool, channel.channelId, 0)).toBeUndefined();
  });

  it("that the channel did not take is given back as if nothing had been claimed", async () => {
    await selling(9);
    const feed = await claimFeed(its.pool, channel.channelId, options);
    await abandonFeed(its.pool, feed!);
    expect(await claimFeed(its.pool, channel.channelId, options)).toBeDefined();
  });
});

it("a listing that shows no number any more is pushed again, as one that shows nobody knows what", async () => {
  const [id] = await selling(9);
  await push(its.pool, channel, id!);
  expect(await forgetShown(its.pool, channel.channelId, named)).toMatchObject([{ listingId: id, shown: null }]);
  expect(await claim(its.pool, channel, id!)).toMatchObject({ quantity: 9, expected: null });
  expect(await forgetShown(its.pool, channel.channelId, { ...named, externalId: "unknown" })).toEqual([]);
});

describe("a listing whose number is in doubt", () => {
  const due = () => claimUnconfirmed(its.pool, channel.channelId, 10, 30);

  it("is read, and found to miss what was sold there unheard, of which no raise brings anything back", async () => {
    const [id] = await selling(9);
    await push(its.pool, channel, id!);
    await doubtShown(its.pool, channel.channelId, named);
    const [doubted] = await due();
    expect(doubted).toMatchObject({ listingId: id, expected: 9 });
    await settle(its.pool, doubted!, { status: "stale", actual: 7 });
    expect(await listing(its.pool, id!)).toMatchObject({ shown: 7, target: 7 });
    its.ledger.receive("A", 3);
    await follow(its.pool, its.ledger);
    expect(await claim(its.pool, channel, id!)).toMatchObject({ quantity: 10, expected: 7 });
  });

  it("is read once more where the doubt came while it was read or pushed", async () => {
    const [id] = await selling(9);
    const first = await claim(its.pool, channel, id!);
    await doubtShown(its.pool, channel.channelId, named);
    await settle(its.pool, first, { status: "accepted" });
    const reading = await due();
    expect(reading).toMatchObject([{ listingId: id, expected: 9 }]);
    await doubtShown(its.pool, channel.channelId, named);
    await confirmShown(its.pool, reading, new Date());
    const again = await due();
    expect(again).toMatchObject([{ listingId: id, expected: 9 }]);
    await confirmShown(its.pool, again, new Date());
    expect(await due()).toEqual([]);
    expect(await listing(its.pool, id!)).toMatchObject({ shown: 9, target: 9 });
  });

  it("that we do not know doubts nothing", async () => {
    await selling(9);
    await doubtShown(its.pool, channel.channelId, { ...named, externalId: "unknown" });
    expect(await due()).toEqual([]);
  });
});

describe("a channel that shows later what it accepted", () => {
  it("is read back once it had the time, and not before", async () => {
    const [id] = await selling(9, { appliesWithinMs: 3_600_000 });
    await push(its.pool, channel, id!);
    expect(await claimUnconfirmed(its.pool, channel.channelId, 10, 30)).toEqual([]);
    await its.pool.query("update sync_state set confirm_at = now() where listing_id = $1", [id]);
    const claims = await claimUnconfirmed(its.pool, channel.channelId, 10, 30);
    expect(claims).toMatchObject([{ listingId: id, expected: 9 }]);
    expect((await tryClaim(id!)).busy).toHaveLength(1);
    await confirmShown(its.pool, claims, new Date());
    await its.pool.query("update sync_state set confirm_at = now() where confirm_at is not null");
    expect(await claimUnconfirmed(its.pool, channel.channelId, 10, 30)).toEqual([]);
    expect(await listing(its.pool, id!)).toMatchObject({ shown: 9 });
  });

  it("is pushed again when it shows something else", async () => {
    const [id] = await selling(9, { appliesWithinMs: 1 });
    await push(its.pool, channel, id!);
    await its.pool.query("update sync_state set confirm_at = now() where listing_id = $1", [id]);
    const [found] = await claimUnconfirmed(its.pool, channel.channelId, 10, 30);
    await settle(its.pool, found!, { status: "stale", actual: 12 });
    expect(await listingsBehind(its.pool, 10)).toContainEqual(
      expect.objectContaining({ listingId: id, shown: 12, target: 9 }),
    );
  });

  it("may overwrite a sale of its own until then: what it shows is unknown when one is heard", async () => {
    const told = { channelKey: "amazon:own", appliesWithinMs: 900_000 };
    const [id] = await selling(9, told);
    await push(its.pool, channel, id!);
    const timestamp = new Date(Date.now() + 600_000).toISOString();
    its.ledger.sell("A", 1, { event_id: "amazon:own:order:1:line:1:sale", timestamp });
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id!)).toMatchObject({ shown: null, target: 8 });
  });

  it("is read back too where it may have taken a push, though a read before that time saw nothing of it", async () => {
    const [id] = await selling(9, { appliesWithinMs: 3_600_000 });
    await settle(its.pool, await claim(its.pool, channel, id!), { status: "failed", message: "no answer" });
    await settle(its.pool, await claim(its.pool, channel, id!), { status: "stale", actual: 9 });
    expect(await listingsBehind(its.pool, 10)).not.toContainEqual(expect.objectContaining({ listingId: id }));
    await its.pool.query("update sync_state set confirm_at = now() where confirm_at is not null");
    expect(await claimUnconfirmed(its.pool, channel.channelId, 10, 30)).toMatchObject([{ listingId: id, expected: 9 }]);
  });
});
