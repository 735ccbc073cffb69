import { beforeEach, describe, expect, it } from "vitest";
import { listingsBehind, listPushes, REVISIONS_SPENT, type Channel } from "../src/index.ts";
import { claim, claimAll, connect, follow, list, listing, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;
let id: string;

/** A channel that counts revisions, with a listing that shows ten and must show none. */
async function soldOut(revisionsPerDay: number | null): Promise<void> {
  channel = await connect(its.pool, { comparesAndSets: false, revisionsPerDay });
  id = await list(its.pool, channel, "A");
  its.ledger.receive("A", 10);
  await follow(its.pool, its.ledger);
  await push(its.pool, channel, id);
  its.ledger.sell("A", 10);
  await follow(its.pool, its.ledger);
}

const words = "The listing was revised 250 times today.";
const spent = { status: "retry", code: REVISIONS_SPENT, message: words } as const;
const tryClaim = (listingId = id) => claimAll(its.pool, channel, [listingId]);

describe("a listing whose revisions are spent, as the channel counts them", () => {
  beforeEach(() => soldOut(250));

  it("is held until the first one of its budget is back, also when it is sold out", async () => {
    await settle(its.pool, await claim(its.pool, channel, id), spent);
    const { claimed, held } = await tryClaim();
    expect(claimed).toEqual([]);
    const waitMs = held[0]!.heldUntil.getTime() - Date.now();
    // 125 flow back in a day.
    expect(waitMs).toBeGreaterThan(600_000);
    expect(waitMs).toBeLessThanOrEqual(692_000);
    await its.pool.query("update revision_budget set counted_at = counted_at - interval '12 minutes'");
    expect((await tryClaim()).claimed).toMatchObject([{ quantity: 0, expected: null }]);
  });

  it("stays behind and carries the channel's words until a push is accepted", async () => {
    await settle(its.pool, await claim(its.pool, channel, id), spent);
    expect(await listing(its.pool, id)).toMatchObject({
      errorReason: "revisions_spent",
      errorCode: null,
      errorMessage: words,
    });
    expect(await listingsBehind(its.pool, 10)).toMatchObject([{ listingId: id }]);
    expect(await listPushes(its.pool, id, 1)).toMatchObject([{ outcome: "retry", detail: `revision_limit: ${words}` }]);
    await its.pool.query("update revision_budget set tokens = 5");
    await push(its.pool, channel, id);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 0, errorReason: null, errorMessage: null });
  });

  it("is refused no more, if it was, and so goes on by itself", async () => {
    await settle(its.pool, await claim(its.pool, channel, id), {
      status: "rejected",
      code: "ended",
      message: "Ended.",
    });
    expect(await listing(its.pool, id)).toMatchObject({ errorReason: "refused", errorMessage: "Ended." });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    await settle(its.pool, await claim(its.pool, channel, id), spent);
    expect(await listing(its.pool, id)).toMatchObject({ errorReason: "revisions_spent", errorMessage: words });
    expect(await listingsBehind(its.pool, 10)).toMatchObject([{ listingId: id }]);
  });

  it("holds those that the channel counts together with it", async () => {
    const other = await list(its.pool, channel, "B");
    its.ledger.receive("B", 3);
    await follow(its.pool, its.ledger);
    await its.pool.query("update listing set revision_key = 'one-item' where channel_id = $1", [channel.channelId]);
    await settle(its.pool, await claim(its.pool, channel, id), spent);
    expect((await tryClaim(other)).held).toHaveLength(1);
  });
});

it("leaves a channel without a count of its own to its job's wait", async () => {
  await soldOut(null);
  await settle(its.pool, await claim(its.pool, channel, id), spent);
  expect(await listing(its.pool, id)).toMatchObject({ errorMessage: words });
  expect((await tryClaim()).held).toEqual([]);
});
