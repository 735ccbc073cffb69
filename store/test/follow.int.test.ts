import { describe, expect, it } from "vitest";
import {
  applyEvents,
  currentCheckpoint,
  currentPosition,
  listOversellCases,
  listStock,
  rebuildFromLog,
  type LedgerEvent,
} from "../src/index.ts";
import { connect, follow, list, listing, merchantId, push, TestLog, useStore } from "./fixtures.ts";

const its = useStore();

const stockOf = async () =>
  (await listStock(its.pool, merchantId, { limit: 100 })).map(({ sku, locationId, onHand, reserved }) => [
    sku,
    locationId,
    onHand,
    reserved,
  ]);

describe("applying events", () => {
  it("keeps the newest balance of each place, at both ends of a transfer", async () => {
    its.ledger.receive("A", 10);
    its.ledger.sell("A", 1);
    its.ledger.add("inventory.reserve", "A", { onHand: 0, reserved: 2 });
    its.ledger.add("inventory.transfer", "A", { onHand: -4, reserved: 0 }, { to_location_id: "WH2" });
    await follow(its.pool, its.ledger);
    expect(await stockOf()).toEqual([
      ["A", "WH1", 5, 2],
      ["A", "WH2", 4, 0],
    ]);
    expect(await currentPosition(its.pool)).toBe(4);
  });

  it("tells which listings change, sold out before decreases before increases, and only theirs", async () => {
    const channel = await connect(its.pool);
    const ids = { A: await list(its.pool, channel, "A"), B: await list(its.pool, channel, "B") };
    await list(its.pool, channel, "C");
    its.ledger.receive("A", 5);
    its.ledger.receive("B", 5);
    its.ledger.receive("C", 5);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, ids.A);
    await push(its.pool, channel, ids.B);
    its.ledger.sell("A", 5);
    its.ledger.sell("B", 1);
    const changed = await follow(its.pool, its.ledger);
    expect(changed.sort((one, other) => one.priority - other.priority)).toEqual([
      { listingId: ids.A, channelId: channel.channelId, bucket: "", target: 0, shown: 5, priority: 1 },
      { listingId: ids.B, channelId: channel.channelId, bucket: "", target: 4, shown: 5, priority: 2 },
    ]);
  });

  it("skips events that were applied already", async () => {
    its.ledger.receive("A", 10);
    its.ledger.sell("A", 1);
    await follow(its.pool, its.ledger);
    its.ledger.sell("A", 1);
    await applyEvents(its.pool, its.ledger.events, 3);
    await applyEvents(its.pool, its.ledger.events.slice(0, 2), 2);
    expect(await stockOf()).toEqual([["A", "WH1", 8, 0]]);
    expect(await currentPosition(its.pool)).toBe(3);
  });

  it("remembers the hash of the last event, and forgets it for a rebuild", async () => {
    const known = async () => {
      const { position, hash } = await currentCheckpoint(its.pool);
      return { position, hash };
    };
    expect(await known()).toEqual({ position: 0, hash: null });
    its.ledger.receive("A", 10);
    const last = its.ledger.sell("A", 1);
    await follow(its.pool, its.ledger);
    expect(await known()).toEqual({ position: 2, hash: last.hash });
    await applyEvents(its.pool, its.ledger.events.slice(0, 1), 1);
    expect(await known()).toEqual({ position: 2, hash: last.hash });
    await rebuildFromLog(its.pool);
    expect(await known()).toEqual({ position: 0, hash: null });
  });

  it("refuses a gap after the checkpoint, a gap within and a wrong end, and applies nothing", async () => {
    its.ledger.receive("A", 10);
    its.ledger.sell("A", 1);
    its.ledger.sell("A", 1);
    const [first, second, third] = its.ledger.events;
    const refused = async (events: (LedgerEvent | undefined)[], next: number) => {
      const given = events.filter((event) => event !== undefined);
      await expect(applyEvents(its.pool, given, next)).rejects.toMatchObject({ code: "log_gap" });
    };
    await refused([second, third], 3);
    await refused([first, third], 3);
    await refused([first, second], 3);
    expect(await currentPosition(its.pool)).toBe(0);
    expect(await stockOf()).toEqual([]);
  });

  it("applies each event once when several hubs follow at the same time", async () => {
    const channel = await connect(its.pool, { channelKey: "shopify:own" });
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 500);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id);
    for (let sold = 0; sold < 100; sold += 1) its.ledger.sell("A", 1, { event_id: `shopify:own:order:${sold}` });
    const hub = async () => {
      for (let at = await currentPosition(its.pool); at < 101; at = await currentPosition(its.pool)) {
        await applyEvents(its.pool, its.ledger.events.slice(at, at + 7), Math.min(at + 7, 101));
      }
    };
    await Promise.all([hub(), hub(), hub()]);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 400, shown: 400 });
  });

  it("opens an oversell case for a sale beyond what is available at its location, and for nothing else", async () => {
    its.ledger.receive("A", 1);
    its.ledger.receive("A", 9, { location_id: "WH2" });
    its.ledger.sell("A", 1);
    its.ledger.sell("A", 2, { event_id: "amazon:x:order:7", order_id: "7", source: "amazon" });
    its.ledger.add("inventory.adjustment", "A", { onHand: -1, reserved: 0 });
    await follow(its.pool, its.ledger);
    const cases = await listOversellCases(its.pool, merchantId, { onlyOpen: true, limit: 10 });
    expect(cases).toMatchObject([{ position: 4, orderId: "7", source: "amazon", quantity: 2, short: 2 }]);
  });

  it("shows nothing and pushes nothing of other merchants' events", async () => {
    const id = await list(its.pool, await connect(its.pool), "A");
    its.ledger.receive("A", 5, { merchant_id: "other" });
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect((await listing(its.pool, id)).desired).toBeNull();
  });
});

describe("a rebuild", () => {
  it("replays the log to the same stock and shows, telling nobody on the way", async () => {
    const channel = await connect(its.pool, { channelKey: "shopify:own" });
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 10);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id);
    its.ledger.sell("A", 3, { event_id: "shopify:own:order:1" });
    await follow(its.pool, its.ledger);
    const before = { stock: await stockOf(), listing: await listing(its.pool, id) };
    expect(before.listing).toMatchObject({ desired: 7, shown: 7 });

    await rebuildFromLog(its.pool);
    expect(await stockOf()).toEqual([]);
    expect(await applyEvents(its.pool, its.ledger.events.slice(0, 1), 1)).toEqual([]);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, shown: 7 });
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect(await stockOf()).toEqual(before.stock);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, shown: 7 });
  });

  it("works every listing out anew where it ends, also when newer events end it", async () => {
    const channel = await connect(its.pool, { channelKey: "shopify:own" });
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 10);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id);
    await rebuildFromLog(its.pool);
    its.ledger.sell("A", 1, { event_id: "shopify:own:order:1" });
    its.ledger.sell("A", 2);
    expect(await follow(its.pool, its.ledger)).toMatchObject([{ target: 7, shown: 9, priority: 2 }]);
  });

  it("takes what follows a restored ledger's log for news, though the lost log was followed further", async () => {
    const channel = await connect(its.pool, { channelKey: "shopify:own" });
    const id = await list(its.pool, channel, "A");
    its.ledger.receive("A", 10);
    its.ledger.receive("A", 5);
    its.ledger.receive("A", 5);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id);
    const restored = new TestLog();
    restored.receive("A", 10);
    await rebuildFromLog(its.pool, restored.events.length);
    restored.sell("A", 4);
    expect(await follow(its.pool, restored)).toMatchObject([{ target: 6, shown: 20, priority: 2 }]);
    restored.sell("A", 1);
    expect(await follow(its.pool, restored)).toMatchObject([{ target: 5 }]);
  });
});
