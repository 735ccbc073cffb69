import { until } from "@lastunit/test-support";
import { beforeEach, describe, expect, it } from "vitest";
import {
  findChannel,
  finishOffers,
  listChannelLocations,
  listingsBehind,
  listListings,
  rebuildFromLog,
  reviseOffer,
  summarizeChannel,
  upsertListings,
  type Channel,
} from "../src/index.ts";
import { claim, claimAll, connect, follow, imported, list, listing, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;
beforeEach(async () => {
  channel = await connect(its.pool);
});

const revise = (offer: Parameters<typeof reviseOffer>[2]) => reviseOffer(its.pool, channel.channelId, offer);
const at = (locationId: string, externalLocationId: string | null = null) => ({ locationId, externalLocationId });
const desired = async (id: string) => (await listing(its.pool, id)).desired;

describe("what a channel is offered", () => {
  it("changes with what its listings must show, which is told to be pushed", async () => {
    const id = await list(its.pool, channel, "A", { available: 10 });
    its.ledger.receive("A", 10);
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect(await revise({ allocation: { safetyStock: 2, share: 0.5 } })).toMatchObject([
      { listingId: id, target: 4, shown: 10, priority: 2 },
    ]);
    await push(its.pool, channel, id);
    expect(await revise({ allocation: { cap: 3 } })).toMatchObject([{ listingId: id, target: 3, shown: 4 }]);
    expect(await findChannel(its.pool, channel.channelId)).toMatchObject({ safetyStock: 2, share: 0.5, cap: 3 });
    expect(await revise({ allocation: { cap: null, minimum: 6 } })).toMatchObject([{ listingId: id, target: 6 }]);
  });

  it("is no other channel's", async () => {
    const other = await connect(its.pool);
    const id = await list(its.pool, other, "A");
    its.ledger.receive("A", 10);
    await follow(its.pool, its.ledger);
    await revise({ allocation: { safetyStock: 9 } });
    expect(await desired(id)).toBe(10);
  });

  it("stays as it was altogether when a part of it is refused", async () => {
    const refused = revise({ allocation: { share: 1.5 }, locations: [at("WH2")] });
    await expect(refused).rejects.toMatchObject({ code: "allocation_malformed" });
    expect(await findChannel(its.pool, channel.channelId)).toMatchObject({ share: 1 });
    expect(await listChannelLocations(its.pool, channel.channelId)).toEqual([]);
  });

  it("works out nothing when nothing is said, and while the log is replayed waits for its end", async () => {
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 10);
    await follow(its.pool, its.ledger);
    expect(await revise({ allocation: undefined })).toEqual([]);
    await rebuildFromLog(its.pool);
    expect(await revise({ allocation: { cap: 3 } })).toEqual([]);
    expect(await desired(id)).toBe(10);
    await follow(its.pool, its.ledger);
    expect(await desired(id)).toBe(3);
  });

  it("comes from its default location alone until others are said", async () => {
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 10);
    its.ledger.receive("A", 5, { location_id: "WH2" });
    await follow(its.pool, its.ledger);
    await revise({ defaultLocationId: "WH2" });
    expect(await desired(id)).toBe(5);
    await revise({ locations: [at("WH1"), at("WH2")] });
    expect(await desired(id)).toBe(15);
    await revise({ locations: [] });
    expect(await desired(id)).toBe(5);
  });
});

describe("what a channel with many listings is offered", () => {
  let ids: readonly string[];
  beforeEach(async () => {
    const skus = Array.from({ length: 2_500 }, (_, nth) => `M${nth}`);
    const { listingIds } = await upsertListings(
      its.pool,
      channel,
      skus.map((sku) => imported(sku)),
    );
    ids = listingIds.toSorted();
    for (const sku of skus) its.ledger.receive(sku, 10);
    await follow(its.pool, its.ledger);
  });

  /** How many show what, by their desired quantity. */
  const counts = async () => {
    const { rows } = await its.pool.query<{ desired: number; listings: number }>(
      "select desired_quantity as desired, count(*)::int as listings from sync_state group by 1 order by 1 desc",
    );
    return rows.map(({ desired: quantity, listings }) => [quantity, listings]);
  };
  /** Revises, and ends the connection that works it out when it has come to the second piece. */
  async function reviseAndDie(offer: Parameters<typeof reviseOffer>[2]): Promise<void> {
    const holder = await its.pool.connect();
    await holder.query("begin");
    await holder.query("select from sync_state where listing_id = $1 for update", [ids[1_500]]);
    const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
    const revising = revise(offer).then(
      () => "it ended",
      (error: Error) => error.message,
    );
    await until("the second piece waits, and is ended", async () => {
      const ended = await its.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))",
        [rows[0]?.pid],
      );
      return ended.rowCount === 1;
    });
    expect(await revising).toContain("terminat");
    await holder.query("rollback");
    holder.release();
  }

  it("is worked out in pieces, and goes on where whoever revised it has died, on what the log has come to", async () => {
    await reviseAndDie({ allocation: { cap: 4 } });
    expect(await findChannel(its.pool, channel.channelId)).toMatchObject({ cap: 4 });
    expect(await counts()).toEqual([
      [10, 1_500],
      [4, 1_000],
    ]);
    const sku = (await listing(its.pool, ids[2_000] ?? "")).sku;
    its.ledger.sell(sku, 7);
    await follow(its.pool, its.ledger);
    await finishOffers(its.pool);
    expect(await counts()).toEqual([
      [4, 2_499],
      [3, 1],
    ]);
    const { rows } = await its.pool.query("select from sync_state where desired_position <> $1", [2_501]);
    expect(rows).toHaveLength(1_000);
  });

  it("is the last one that was said, also of those that an earlier one had come to", async () => {
    await reviseAndDie({ allocation: { cap: 4 } });
    expect(await revise({ allocation: { cap: 6 } })).toHaveLength(2_500);
    expect(await counts()).toEqual([[6, 2_500]]);
    await finishOffers(its.pool);
    expect(await counts()).toEqual([[6, 2_500]]);
  });

  it("is worked out once by two who do", async () => {
    await reviseAndDie({ allocation: { cap: 4 } });
    await Promise.all([finishOffers(its.pool), finishOffers(its.pool)]);
    expect(await counts()).toEqual([[4, 2_500]]);
  });
});

describe("a listing at a place of the channel", () => {
  let here: string;
  let there: string;
  beforeEach(async () => {
    await revise({ locations: [at("WH1", "place-1"), at("WH2", "place-2")] });
    here = await list(its.pool, channel, "A", { externalLocationId: "place-1", available: 4 });
    there = await list(its.pool, channel, "A", { externalLocationId: "place-2", available: 6 });
    its.ledger.receive("A", 4);
    its.ledger.receive("A", 6, { location_id: "WH2" });
    await follow(its.pool, its.ledger);
  });
  const reason = "No ledger location feeds its location place-2, so it is left alone.";

  it("that nothing feeds any more is left alone as it is, by a running import as well", async () => {
    expect(await revise({ locations: [at("WH1", "place-1")] })).toEqual([]);
    expect(await listing(its.pool, there)).toMatchObject({ unsupported: reason, shown: 6 });
    expect(await listing(its.pool, here)).toMatchObject({ unsupported: null, shown: 4 });
    its.ledger.sell("A", 1, { location_id: "WH2" });
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    const again = await upsertListings(its.pool, channel, [imported("A", { externalLocationId: "place-2" })]);
    expect(again).toMatchObject({ unsupported: 1, changed: [] });
    expect(await summarizeChannel(its.pool, channel.channelId)).toMatchObject({
      listings: 2,
      unsupported: 1,
      inSync: 1,
    });
  });

  it("that is fed again is pushed in full: what it showed once is not believed", async () => {
    await revise({ locations: [at("WH1", "place-1")] });
    const changed = await revise({ locations: [at("WH1", "place-1"), at("WH1", "place-2")] });
    expect(changed).toMatchObject([{ listingId: there, target: 4, shown: null }]);
    expect(await listing(its.pool, there)).toMatchObject({ unsupported: null });
    expect(await claim(its.pool, channel, there)).toMatchObject({ quantity: 4, expected: null });
  });

  it("that is fed again is left alone until it is worked out what it must show", async () => {
    await revise({ locations: [at("WH1", "place-1")] });
    const holder = await its.pool.connect();
    await holder.query("begin");
    await holder.query("select from sync_state where listing_id = $1 for update", [there]);
    const changing = revise({ locations: [at("WH1", "place-1"), at("WH1", "place-2")] });
    await until("the new location is known", async () => {
      return (await listChannelLocations(its.pool, channel.channelId)).length === 2;
    });
    expect(await listing(its.pool, there)).toMatchObject({ unsupported: reason, desired: 0 });
    expect(await claimAll(its.pool, channel, [there])).toMatchObject({ claimed: [], left: [] });
    await holder.query("rollback");
    holder.release();
    expect(await changing).toMatchObject([{ listingId: there, target: 4, shown: null }]);
  });

  it("that is pushed while it comes to be left alone is known again only by the next full push", async () => {
    its.ledger.receive("A", 2, { location_id: "WH2" });
    await follow(its.pool, its.ledger);
    const claimed = await claim(its.pool, channel, there);
    await revise({ locations: [at("WH1", "place-1")] });
    await revise({ locations: [at("WH1", "place-1"), at("WH2", "place-2")] });
    await settle(its.pool, claimed, { status: "accepted" });
    expect((await listing(its.pool, there)).shown).toBeNull();
  });

  it("that the channel itself can't sync stays so, wherever its units are", async () => {
    const bundle = { externalLocationId: "place-2", unsupported: "bundle" };
    const id = await list(its.pool, channel, "B", bundle);
    await revise({ locations: [at("WH1", "place-1")] });
    await revise({ locations: [at("WH1")] });
    expect(await listing(its.pool, id)).toMatchObject({ unsupported: "bundle" });
  });

  it("is judged by an import that crosses a change as what feeds the channel after it", async () => {
    const changing = await its.pool.connect();
    try {
      await changing.query("begin");
      await changing.query("update channel set cap = null where channel_id = $1", [channel.channelId]);
      await changing.query("delete from channel_location where external_location_id = 'place-2'");
      const importing = upsertListings(its.pool, channel, [imported("NEW", { externalLocationId: "place-2" })]);
      const isWaiting = until("the import waits", async () => {
        const { rows } = await its.pool.query("select from pg_stat_activity where wait_event_type = 'Lock'");
        return rows.length > 0;
      });
      await Promise.race([isWaiting, importing]);
      await changing.query("commit");
      expect(await importing).toMatchObject({ unsupported: 1 });
    } finally {
      changing.release();
    }
  });

  it("is judged by what feeds the channel in the end, however imports and changes cross", async () => {
    const skus = Array.from({ length: 30 }, (_, nth) => `C${nth}`);
    for (const sku of skus) its.ledger.receive(sku, 5);
    await follow(its.pool, its.ledger);
    const importing = async () => {
      for (const sku of skus) {
        const places = ["place-1", "place-2"].map((externalLocationId) => imported(sku, { externalLocationId }));
        await upsertListings(its.pool, channel, places);
      }
    };
    const changing = async () => {
      for (let nth = 0; nth < 15; nth += 1) {
        await revise({ locations: nth % 2 === 0 ? [at("WH1", "place-1")] : [at("WH2", "place-2")] });
      }
    };
    await Promise.all([importing(), importing(), changing()]);
    const found = await listListings(its.pool, { channelId: channel.channelId, limit: 100 });
    const leftAlone = found.filter(({ unsupported }) => unsupported !== null);
    expect(leftAlone).toHaveLength(31);
    expect(leftAlone.every(({ externalLocationId }) => externalLocationId === "place-2")).toBe(true);
    expect(await summarizeChannel(its.pool, channel.channelId)).toMatchObject({ listings: 62, unsupported: 31 });
  });

  it("whose SKU was not heard of is counted by what feeds it as well", async () => {
    await list(its.pool, channel, "NEW", { externalLocationId: "place-2" });
    const counts = () => summarizeChannel(its.pool, channel.channelId);
    await revise({ locations: [at("WH1", "place-1")] });
    expect(await counts()).toMatchObject({ listings: 3, unsupported: 2, inSync: 1, behind: 0 });
    await revise({ locations: [at("WH1")] });
    expect(await counts()).toMatchObject({ listings: 3, unsupported: 0, inSync: 1, behind: 1 });
  });
});
