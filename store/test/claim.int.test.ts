import { beforeEach, describe, expect, it } from "vitest";
import { holdBucket, releasePushes, type Channel, type ClaimedPush } from "../src/index.ts";
import { claimAll, connect, follow, list, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;
let ids: Map<string, string>;

/** A channel with a listing of each SKU, all of them showing ten, with ten in stock. */
async function showingTen(...skus: readonly string[]): Promise<void> {
  channel = await connect(its.pool);
  ids = new Map();
  for (const sku of skus) ids.set(sku, await list(its.pool, channel, sku));
  for (const sku of skus) its.ledger.receive(sku, 10);
  await follow(its.pool, its.ledger);
  for (const id of ids.values()) await push(its.pool, channel, id);
}

async function change(...changes: readonly (readonly [sku: string, units: number])[]): Promise<void> {
  for (const [sku, units] of changes) {
    if (units < 0) its.ledger.sell(sku, -units);
    else its.ledger.receive(sku, units);
  }
  await follow(its.pool, its.ledger);
}

const idsOf = (skus: readonly string[]) => skus.flatMap((sku) => ids.get(sku) ?? []);
const skusOf = (claimed: readonly ClaimedPush[]) => claimed.map((one) => one.listing.sku).toSorted();
const claim = (skus: readonly string[], options?: Parameters<typeof claimAll>[3]) =>
  claimAll(its.pool, channel, idsOf(skus), options);

describe("claiming at most so many", () => {
  beforeEach(() => showingTen("A", "B", "C", "D", "E"));

  it("takes what is sold out by now first, then decreases, then what was asked for first", async () => {
    await change(["A", 1], ["B", 1], ["C", -1], ["D", -10]);
    const { claimed, left } = await claim(["A", "B", "C", "D"], { atMost: 3 });
    expect(skusOf(claimed)).toEqual(["A", "C", "D"]);
    expect(left).toEqual(idsOf(["B"]));
    const next = await claim(["B"], { atMost: 3 });
    expect(skusOf(next.claimed)).toEqual(["B"]);
    expect(next.left).toEqual([]);
  });

  it("is not made less by listings that show their target or are pushed by somebody else", async () => {
    await change(["B", -1], ["C", -1], ["D", -1], ["E", -1]);
    await claim(["B"]);
    const { claimed, busy, left } = await claim(["A", "B", "C", "D", "E"], { atMost: 2 });
    expect(skusOf(claimed)).toEqual(["C", "D"]);
    expect(busy.map((one) => one.listingId)).toEqual(idsOf(["B"]));
    expect(left).toEqual(idsOf(["E"]));
  });

  it("gives each listing to one of many who ask at once", async () => {
    const skus = ["A", "B", "C", "D", "E"];
    await change(...skus.map((sku) => [sku, -1] as const));
    const tries = await Promise.all(Array.from({ length: 8 }, () => claim(skus, { atMost: 2, soldOutToo: true })));
    const claimed = tries.flatMap((one) => one.claimed);
    expect(new Set(claimed.map((one) => one.listingId)).size).toBe(claimed.length);
    expect(tries.every((one) => one.claimed.length <= 2)).toBe(true);
    const rest = await claim(skus);
    expect(skusOf([...claimed, ...rest.claimed])).toEqual(skus);
  });
});

describe("claiming what is sold out too", () => {
  beforeEach(() => showingTen("A", "B", "C"));
  const soldOutToo = { atMost: 2, soldOutToo: true };

  it("takes a listing that sold out and that nobody asked for, before all others", async () => {
    await change(["A", 1], ["B", 1], ["C", -10]);
    const { claimed, left } = await claim(["A", "B"], soldOutToo);
    expect(skusOf(claimed)).toEqual(["A", "C"]);
    expect(left).toEqual(idsOf(["B"]));
    expect(skusOf((await claim(["B"])).claimed)).toEqual(["B"]);
  });

  it("does so once for each time it sells out: a push that failed is its own job's to repeat", async () => {
    await change(["C", -10]);
    const [first] = (await claim([], soldOutToo)).claimed;
    expect(first).toMatchObject({ quantity: 0, listing: { sku: "C" } });
    await settle(its.pool, first!, { status: "retry", code: "SYSTEM", message: "try later" });
    expect((await claim([], soldOutToo)).claimed).toEqual([]);
    expect(skusOf((await claim(["C"])).claimed)).toEqual(["C"]);
  });

  it("takes it again when its claim was given back unsent, or when it sold out again", async () => {
    await change(["C", -10]);
    await releasePushes(its.pool, (await claim([], soldOutToo)).claimed);
    const [again] = (await claim([], soldOutToo)).claimed;
    await settle(its.pool, again!, { status: "accepted" });
    await change(["C", 3]);
    await push(its.pool, channel, idsOf(["C"])[0]!);
    await change(["C", -3]);
    expect(skusOf((await claim([], soldOutToo)).claimed)).toEqual(["C"]);
  });

  it("takes none of another channel", async () => {
    const other = await connect(its.pool);
    await list(its.pool, other, "C");
    await change(["C", -10]);
    const { claimed } = await claim([], soldOutToo);
    expect(claimed.map((one) => one.listingId)).toEqual(idsOf(["C"]));
  });
});

describe("listings that spend a limit of their own", () => {
  beforeEach(async () => {
    await showingTen("A", "B");
    ids.set("C", await list(its.pool, channel, "C", { pushBucket: "trading" }));
    ids.set("D", await list(its.pool, channel, "D", { pushBucket: "trading" }));
    await change(["A", -1], ["B", -10], ["C", 5], ["D", 0]);
  });
  const trading = { among: ["trading"] };
  const others = { notAmong: ["trading"] };
  const all = ["A", "B", "C", "D"];

  it("are claimed by themselves, also those that sold out and nobody asked for", async () => {
    expect(skusOf((await claim(all, { buckets: trading })).claimed)).toEqual(["C", "D"]);
    expect(skusOf((await claim(["A"], { soldOutToo: true, atMost: 9, buckets: others })).claimed)).toEqual(["A", "B"]);
  });

  it("are told with it, so that their jobs find the way, also after an import found that it is another", async () => {
    const told = async () => (await follow(its.pool, its.ledger)).map(({ bucket }) => bucket);
    its.ledger.receive("C", 1);
    expect(await told()).toEqual(["trading"]);
    await list(its.pool, channel, "C", { pushBucket: "inventory" });
    its.ledger.receive("C", 1);
    expect(await told()).toEqual(["inventory"]);
    expect(skusOf((await claim(all, { buckets: trading })).claimed)).toEqual(["D"]);
  });

  it("can't be claimed by anybody while it is used up, and the others can", async () => {
    await holdBucket(its.pool, channel.channelId, "trading", 3_600_000);
    // A shorter one does not shorten it.
    await holdBucket(its.pool, channel.channelId, "trading", 1);
    const { claimed, held } = await claim(all);
    expect(skusOf(claimed)).toEqual(["A", "B"]);
    expect(new Set(held.map((one) => one.listingId))).toEqual(new Set(idsOf(["C", "D"])));
    const waitMs = Math.min(...held.map(({ heldUntil }) => heldUntil.getTime() - Date.now()));
    expect(waitMs).toBeGreaterThan(3_000_000);
    expect((await claim([], { soldOutToo: true, atMost: 9 })).claimed).toEqual([]);

    await its.pool.query("update push_hold set held_until = now() - interval '1 second'");
    expect(skusOf((await claim(["C", "D"])).claimed)).toEqual(["C", "D"]);
  });
});
