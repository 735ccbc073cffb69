import { describe, expect, it } from "vitest";
import { listingsBehind } from "../src/index.ts";
import { claimAll, connect, follow, list, listing, useStore } from "./fixtures.ts";

const its = useStore();

describe("the sweep", () => {
  it("tells sold-out listings first, then decreases, then increases, of each the oldest, at most so many a channel", async () => {
    const channel = await connect(its.pool);
    const ids: string[] = [];
    for (const sku of ["RAISED", "LOWERED", "SOLD-OUT", "SOLD-OUT-TOO"]) {
      its.ledger.receive(sku, 5);
      await follow(its.pool, its.ledger);
      ids.push(await list(its.pool, channel, sku, { available: 5 }));
    }
    its.ledger.receive("RAISED", 1);
    its.ledger.sell("LOWERED", 1);
    for (const sku of ["SOLD-OUT", "SOLD-OUT-TOO"]) its.ledger.sell(sku, 5);
    await follow(its.pool, its.ledger);
    const [raised, lowered, soldOut, soldOutToo] = ids;
    const told = async (limit: number) => (await listingsBehind(its.pool, limit)).map((one) => one.listingId);
    expect(await told(10)).toEqual([soldOut, soldOutToo, lowered, raised]);
    expect(await told(2)).toEqual([soldOut, soldOutToo]);
    const other = await connect(its.pool);
    const twin = await list(its.pool, other, "RAISED");
    expect(new Set(await told(2))).toEqual(new Set([soldOut, soldOutToo, twin]));
  });

  it("passes over what waits for its revision budget, until its time or until it must show something else", async () => {
    const channel = await connect(its.pool, { revisionsPerDay: 250 });
    const ids = new Map<string, string>();
    for (const sku of ["SPENT", "OTHER"]) {
      its.ledger.receive(sku, 50);
      ids.set(sku, await list(its.pool, channel, sku, { available: 60 }));
    }
    await follow(its.pool, its.ledger);
    const [spent, other] = [ids.get("SPENT")!, ids.get("OTHER")!];
    await its.pool.query(
      `insert into revision_budget (channel_id, revision_key, tokens, counted_at) values ($1, $2, 0, now())`,
      [channel.channelId, spent],
    );
    const told = async (limit = 1) => (await listingsBehind(its.pool, limit)).map((one) => one.listingId);
    const look = () => claimAll(its.pool, channel, [spent]);
    expect(await told()).toEqual([spent]);
    expect((await look()).held).toHaveLength(1);
    // However few are told, what is held takes no other's place.
    expect(await told()).toEqual([other]);

    const noted = (until: string) =>
      its.pool.query(`update sync_state set held_until = ${until} where listing_id = $1`, [spent]);
    await noted("now() - interval '1 second'");
    expect(new Set(await told(2))).toEqual(new Set([spent, other]));
    expect((await look()).held).toHaveLength(1);
    expect(await told(2)).toEqual([other]);

    its.ledger.sell("SPENT", 50);
    await follow(its.pool, its.ledger);
    expect(await told()).toEqual([spent]);
    await its.pool.query("update revision_budget set tokens = 1");
    expect((await look()).claimed).toMatchObject([{ quantity: 0 }]);
  });

  it("looks after a quarter of an hour again at what is held for longer: its budget may have been raised", async () => {
    const channel = await connect(its.pool, { revisionsPerDay: 250 });
    its.ledger.receive("A", 50);
    const id = await list(its.pool, channel, "A", { available: 60 });
    await follow(its.pool, its.ledger);
    await its.pool.query(
      `insert into revision_budget (channel_id, revision_key, tokens, counted_at) values ($1, $2, -100, now())`,
      [channel.channelId, id],
    );
    await claimAll(its.pool, channel, [id]);
    const { rows } = await its.pool.query<{ minutes: number }>(
      "select extract(epoch from held_until - now())::float8 / 60 as minutes from sync_state",
    );
    expect(rows[0]?.minutes).toBeGreaterThan(14);
    expect(rows[0]?.minutes).toBeLessThanOrEqual(15);
  });

  it("passes over a listing that an import finds can't be synced, until one finds that it can", async () => {
    const channel = await connect(its.pool);
    const id = await list(its.pool, channel, "A", { unsupported: "The channel fulfills it." });
    its.ledger.receive("A", 9);
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 9 });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    await list(its.pool, channel, "A");
    expect(await listingsBehind(its.pool, 10)).toMatchObject([{ listingId: id }]);
    await list(its.pool, channel, "A", { unsupported: "The channel fulfills it." });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
  });
});
