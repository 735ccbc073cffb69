import type { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  applyEvents,
  currentCheckpoint,
  currentPosition,
  listOversellCases,
  listStock,
  rebuildFromLog,
  type LedgerEvent,
} from "../src/index.ts";
import {
  connect,
  follow,
  list,
  listing,
  merchantId,
  openStore,
  push,
  startTestPostgres,
  TestLog,
  type TestPostgres,
} from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;
let ledger: TestLog;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres.stop();
});
beforeEach(async () => {
  pool = await openStore(postgres);
  ledger = new TestLog();
  return () => pool.end();
});

const stockOf = async (store: Pool) =>
  (await listStock(store, merchantId, { limit: 100 })).map(({ sku, locationId, onHand, reserved }) => [
    sku,
    locationId,
    onHand,
    reserved,
  ]);

describe("applying events", () => {
  it("keeps the newest balance of each place, at both ends of a transfer", async () => {
    ledger.receive("A", 10);
    ledger.sell("A", 1);
    ledger.add("inventory.reserve", "A", { onHand: 0, reserved: 2 });
    ledger.add("inventory.transfer", "A", { onHand: -4, reserved: 0 }, { to_location_id: "WH2" });
    await follow(pool, ledger);
    expect(await stockOf(pool)).toEqual([
      ["A", "WH1", 5, 2],
      ["A", "WH2", 4, 0],
    ]);
    expect(await currentPosition(pool)).toBe(4);
  });

  it("tells which listings change, sold out before decreases before increases, and only theirs", async () => {
    const channel = await connect(pool);
    const ids = { A: await list(pool, channel, "A"), B: await list(pool, channel, "B") };
    await list(pool, channel, "C");
    ledger.receive("A", 5);
    ledger.receive("B", 5);
    ledger.receive("C", 5);
    await follow(pool, ledger);
    await push(pool, channel, ids.A);
    await push(pool, channel, ids.B);
    ledger.sell("A", 5);
    ledger.sell("B", 1);
    const changed = await follow(pool, ledger);
    expect(changed.sort((one, other) => one.priority - other.priority)).toEqual([
      { listingId: ids.A, channelId: channel.channelId, target: 0, shown: 5, priority: 1 },
      { listingId: ids.B, channelId: channel.channelId, target: 4, shown: 5, priority: 2 },
    ]);
  });

  it("skips events that were applied already", async () => {
    ledger.receive("A", 10);
    ledger.sell("A", 1);
    await follow(pool, ledger);
    ledger.sell("A", 1);
    await applyEvents(pool, ledger.events, 3);
    await applyEvents(pool, ledger.events.slice(0, 2), 2);
    expect(await stockOf(pool)).toEqual([["A", "WH1", 8, 0]]);
    expect(await currentPosition(pool)).toBe(3);
  });

  it("remembers the hash of the last event, and forgets it for a rebuild", async () => {
    const known = async () => {
      const { position, hash } = await currentCheckpoint(pool);
      return { position, hash };
    };
    expect(await known()).toEqual({ position: 0, hash: null });
    ledger.receive("A", 10);
    const last = ledger.sell("A", 1);
    await follow(pool, ledger);
    expect(await known()).toEqual({ position: 2, hash: last.hash });
    await applyEvents(pool, ledger.events.slice(0, 1), 1);
    expect(await known()).toEqual({ position: 2, hash: last.hash });
    await rebuildFromLog(pool);
    expect(await known()).toEqual({ position: 0, hash: null });
  });

  it("refuses a gap after the checkpoint, a gap within and a wrong end, and applies nothing", async () => {
    ledger.receive("A", 10);
    ledger.sell("A", 1);
    ledger.sell("A", 1);
    const [first, second, third] = ledger.events;
    const refused = async (events: (LedgerEvent | undefined)[], next: number) => {
      const given = events.filter((event) => event !== undefined);
      await expect(applyEvents(pool, given, next)).rejects.toMatchObject({ code: "log_gap" });
    };
    await refused([second, third], 3);
    await refused([first, third], 3);
    await refused([first, second], 3);
    expect(await currentPosition(pool)).toBe(0);
    expect(await stockOf(pool)).toEqual([]);
  });

  it("applies each event once when several hubs follow at the same time", async () => {
    const channel = await connect(pool, { channelKey: "shopify:own" });
    const id = await list(pool, channel, "A");
    ledger.receive("A", 500);
    await follow(pool, ledger);
    await push(pool, channel, id);
    for (let sold = 0; sold < 100; sold += 1) ledger.sell("A", 1, { event_id: `shopify:own:order:${sold}` });
    const hub = async () => {
      for (let at = await currentPosition(pool); at < 101; at = await currentPosition(pool)) {
        await applyEvents(pool, ledger.events.slice(at, at + 7), Math.min(at + 7, 101));
      }
    };
    await Promise.all([hub(), hub(), hub()]);
    expect(await listing(pool, id)).toMatchObject({ desired: 400, shown: 400 });
  });

  it("opens an oversell case for a sale beyond what is available at its location, and for nothing else", async () => {
    ledger.receive("A", 1);
    ledger.receive("A", 9, { location_id: "WH2" });
    ledger.sell("A", 1);
    ledger.sell("A", 2, { event_id: "amazon:x:order:7", order_id: "7", source: "amazon" });
    ledger.add("inventory.adjustment", "A", { onHand: -1, reserved: 0 });
    await follow(pool, ledger);
    const cases = await listOversellCases(pool, merchantId, { onlyOpen: true, limit: 10 });
    expect(cases).toMatchObject([{ position: 4, orderId: "7", source: "amazon", quantity: 2, short: 2 }]);
  });

  it("shows nothing and pushes nothing of other merchants' events", async () => {
    const id = await list(pool, await connect(pool), "A");
    ledger.receive("A", 5, { merchant_id: "other" });
    expect(await follow(pool, ledger)).toEqual([]);
    expect((await listing(pool, id)).desired).toBeNull();
  });
});

describe("a rebuild", () => {
  it("replays the log to the same stock and shows, telling nobody on the way", async () => {
    const channel = await connect(pool, { channelKey: "shopify:own" });
    const id = await list(pool, channel, "A");
    ledger.receive("A", 10);
    await follow(pool, ledger);
    await push(pool, channel, id);
    ledger.sell("A", 3, { event_id: "shopify:own:order:1" });
    await follow(pool, ledger);
    const before = { stock: await stockOf(pool), listing: await listing(pool, id) };
    expect(before.listing).toMatchObject({ desired: 7, shown: 7 });

    await rebuildFromLog(pool);
    expect(await stockOf(pool)).toEqual([]);
    expect(await applyEvents(pool, ledger.events.slice(0, 1), 1)).toEqual([]);
    expect(await listing(pool, id)).toMatchObject({ desired: 7, shown: 7 });
    expect(await follow(pool, ledger)).toEqual([]);
    expect(await stockOf(pool)).toEqual(before.stock);
    expect(await listing(pool, id)).toMatchObject({ desired: 7, shown: 7 });
  });

  it("works every listing out anew where it ends, also when newer events end it", async () => {
    const channel = await connect(pool, { channelKey: "shopify:own" });
    const id = await list(pool, channel, "A");
    ledger.receive("A", 10);
    await follow(pool, ledger);
    await push(pool, channel, id);
    await rebuildFromLog(pool);
    ledger.sell("A", 1, { event_id: "shopify:own:order:1" });
    ledger.sell("A", 2);
    expect(await follow(pool, ledger)).toMatchObject([{ target: 7, shown: 9, priority: 2 }]);
  });

  it("takes what follows a restored ledger's log for news, though the lost log was followed further", async () => {
    const channel = await connect(pool, { channelKey: "shopify:own" });
    const id = await list(pool, channel, "A");
    ledger.receive("A", 10);
    ledger.receive("A", 5);
    ledger.receive("A", 5);
    await follow(pool, ledger);
    await push(pool, channel, id);
    const restored = new TestLog();
    restored.receive("A", 10);
    await rebuildFromLog(pool, restored.events.length);
    restored.sell("A", 4);
    expect(await follow(pool, restored)).toMatchObject([{ target: 6, shown: 20, priority: 2 }]);
    restored.sell("A", 1);
    expect(await follow(pool, restored)).toMatchObject([{ target: 5 }]);
  });
});
