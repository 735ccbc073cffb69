import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  applyEvents,
  claimFeed,
  claimUnconfirmed,
  forgetUnseen,
  listingsBehind,
  openDeliveries,
  summarizeChannel,
  summarizeChannels,
  takeDueFeed,
  type Channel,
  type ChannelSummary,
} from "../src/index.ts";
import { claimAll, connect, merchantId, useStore } from "./fixtures.ts";

const its = useStore();

/** A catalog on each channel, all of it shown but what a test makes due. */
const CHANNELS = 4;
const LISTINGS = 5_000;

describe.each(["fresh", "analyzed"] as const)("on a store of 20,000 listings whose tables are %s", (state) => {
  let channel: Channel;
  /** One connection, so that no other's work is counted. */
  let pool: Pool;

  beforeEach(async () => {
    for (let nth = 0; nth < CHANNELS; nth += 1) channel = await connect(its.pool, { kind: "amazon" });
    const { connectionString = "" } = its.pool.options;
    pool = createPool({ connectionString, name: "test", max: 1, log: createLogger({ name: "test", level: "silent" }) });
    // Nobody may gather statistics while it is fresh.
    for (const table of ["listing", "sync_state", "stock_view", "inbox", "push"]) {
      await pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
    }
    await pool.query(
      `insert into listing (listing_id, channel_id, merchant_id, sku, external_id, line_ref)
       select gen_random_uuid(), channel_id, merchant_id, 'S' || n, 'S' || n, 'S' || n
       from channel, generate_series(1, $1::integer) n`,
      [LISTINGS],
    );
    await pool.query(
      `insert into stock_view (merchant_id, sku, location_id, on_hand, reserved, position, recorded_at)
       select merchant_id, 'S' || n, 'WH1', 50, 0, 0, now() from merchant, generate_series(1, $1::integer) n`,
      [LISTINGS],
    );
    await pool.query(
      `insert into sync_state (listing_id, channel_id, desired_quantity, desired_position, desired_at, desired_terms,
         shown_quantity, shown_at)
       select listing_id, channel_id, 50, 0, now(), '{}', 50, now() from listing`,
    );
    await pool.query(
      `insert into inbox (channel_id, delivery_id, topic, headers, body, status, received_at)
       select channel_id, n, 'orders', '{}', '', 'processed', now() - interval '1 hour'
       from channel, generate_series(1, 1000) n`,
    );
    if (state === "analyzed") await pool.query("analyze");
  });
  afterEach(() => pool.end());

  /** Rows of the store's tables that some work reads, as PostgreSQL itself counts them. */
  async function rowsRead(work: () => Promise<unknown>): Promise<number> {
    const before = await counted();
    await work();
    return (await counted()) - before;
  }

  async function counted(): Promise<number> {
    await pool.query("select pg_stat_force_next_flush()");
    const { rows } = await pool.query<{ read: number }>(
      "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as read from pg_stat_user_tables",
    );
    return rows[0]?.read ?? 0;
  }

  /** The first so many of each channel. */
  const first = (count: number) =>
    `listing_id in (select listing_id from listing where substr(external_id, 2)::integer <= ${count})`;
  const makeBehind = (count: number) =>
    pool.query(`update sync_state set desired_quantity = 40, desired_position = 1 where ${first(count)}`);

  it("sweeping reads next to nothing when nothing is due", async () => {
    const sweep = async () => {
      await forgetUnseen(pool, { marginSeconds: 30, followedUntil: new Date() });
      await listingsBehind(pool, 500);
      await openDeliveries(pool, { limit: 500, olderThanSeconds: 5 });
    };
    expect(await rowsRead(sweep)).toBeLessThan(20);
  });

  it("sweeping reads what it tells, however much more is behind, refused, in feeds or can't be synced", async () => {
    await makeBehind(4_000);
    await pool.query(`update sync_state set can_be_pushed = false where ${first(1_000)}`);
    await pool.query(`update sync_state set error_code = 'no' where ${first(2_000)} and can_be_pushed`);
    await pool.query(
      `update sync_state set push_lease = gen_random_uuid(), push_leased_until = 'infinity'
       where ${first(3_000)} and can_be_pushed and error_code is null`,
    );
    let told = 0;
    const read = await rowsRead(async () => {
      told = (await listingsBehind(pool, 50)).length;
    });
    expect(told).toBe(CHANNELS * 50);
    expect(read).toBeLessThan(told + 20);
  });

  it("sweeping reads what it tells, however much more waits for a limit", async () => {
    await makeBehind(4_000);
    await pool.query(`update sync_state set held_until = now() + interval '10 minutes' where ${first(3_990)}`);
    await pool.query(`update sync_state set held_until = now() - interval '1 second' where ${first(5)}`);
    let told = 0;
    const read = await rowsRead(async () => {
      told = (await listingsBehind(pool, 500)).length;
    });
    expect(told).toBe(CHANNELS * 15);
    expect(read).toBeLessThan(told + 20);
  });

  it("sweeping finds claims that ran out without reading those that hold", async () => {
    await makeBehind(3_000);
    const leaseUntil = (until: string, count: number) =>
      pool.query(
        `update sync_state set push_lease = gen_random_uuid(), push_leased_until = ${until} where ${first(count)}`,
      );
    await leaseUntil("'infinity'", 3_000);
    await leaseUntil("now() - interval '1 second'", 5);
    let told = 0;
    const read = await rowsRead(async () => {
      told = (await listingsBehind(pool, 500)).length;
    });
    expect(told).toBe(CHANNELS * 5);
    expect(read).toBeLessThan(told + 20);
  });

  it("sweeping finds the oldest deliveries of each channel without reading what is newer, or waits to be asked about", async () => {
    await pool.query("update channel set status = 'needs_reconnect' where channel_id = $1", [channel.channelId]);
    const deliver = (status: string) =>
      pool.query(
        `insert into inbox (channel_id, delivery_id, topic, headers, body, status, received_at)
         select channel_id, $1 || n, 'orders', '{}', '', $1, now() - interval '1 hour'
         from channel, generate_series(1, 1000) n where status = 'needs_reconnect' or $1 <> 'waiting'`,
        [status],
      );
    for (const status of ["waiting", "received", "failed"]) await deliver(status);
    if (state === "analyzed") await pool.query("analyze inbox");
    let told = 0;
    const read = await rowsRead(async () => {
      told = (await openDeliveries(pool, { limit: 50, olderThanSeconds: 5 })).length;
    });
    expect(told).toBe(CHANNELS * 50);
    expect(read).toBeLessThan(told + 20);
  });

  it("sweeping lets go of unseen units without reading the other listings", async () => {
    await pool.query(`update sync_state set unseen_units = 1, unseen_since = now() where ${first(5)}`);
    await pool.query(
      "update channel set orders_polled_at = now() + interval '1 hour', orders_recorded_at = now() - interval '1 hour'",
    );
    let forgotten = 0;
    const read = await rowsRead(async () => {
      forgotten = await forgetUnseen(pool, { marginSeconds: 30, followedUntil: new Date() });
    });
    expect(forgotten).toBe(CHANNELS * 5);
    expect(read).toBeLessThan(5 * forgotten + 20);
  });

  it("following reads the listings of the events' SKUs, whoever sold them", async () => {
    for (let nth = 1; nth <= 20; nth += 1) {
      its.ledger.sell(`S${nth}`, 1);
      its.ledger.sell(`S${nth}`, 1, { event_id: `${channel.channelKey}:order:${nth}:line:1:sale` });
    }
    const read = await rowsRead(() => applyEvents(pool, its.ledger.events, its.ledger.events.length));
    expect(await listingsBehind(pool, 100)).toHaveLength(80);
    // For each listing its SKU's stock, its channel, its locations and its twins; its state twice.
    expect(read).toBeLessThan(80 * 20);
  });

  it("following reads no listing whose SKU it has not heard of yet, and those it hears of", async () => {
    await pool.query("alter table unheard_listing set (autovacuum_enabled = false)");
    await pool.query(
      `insert into listing (listing_id, channel_id, merchant_id, sku, external_id, line_ref)
       select gen_random_uuid(), channel_id, merchant_id, 'U' || n, 'U' || n, 'U' || n
       from channel, generate_series(1, $1::integer) n`,
      [LISTINGS],
    );
    await pool.query(
      `insert into unheard_listing (listing_id, channel_id, can_be_pushed, shown_quantity, shown_at)
       select listing_id, channel_id, true, 7, now() from listing where sku like 'U%'`,
    );
    if (state === "analyzed") await pool.query("analyze");
    for (let nth = 1; nth <= 20; nth += 1) {
      its.ledger.sell(`S${nth}`, 1);
      its.ledger.receive(`U${nth}`, 5);
    }
    const read = await rowsRead(() => applyEvents(pool, its.ledger.events, its.ledger.events.length));
    expect(await listingsBehind(pool, 100)).toHaveLength(160);
    expect(read).toBeLessThan(160 * 20);
  });

  it("summing up channels reads what is behind, refused or can't be synced, and no other listing", async () => {
    await makeBehind(60);
    await pool.query(`update listing set unsupported = 'bundle' where ${first(10)}`);
    await pool.query(`update sync_state set can_be_pushed = false where ${first(10)}`);
    await pool.query(`update sync_state set error_code = 'no' where ${first(30)}`);
    await pool.query(
      `update sync_state set push_lease = gen_random_uuid(), push_leased_until = 'infinity' where ${first(50)}`,
    );
    await pool.query("vacuum");
    // What was made unlike the rest now is in pages that no vacuum has seen, as on any day.
    await pool.query(`update sync_state set sold_units = 1 where ${first(100)}`);
    let summaries: readonly ChannelSummary[] = [];
    const all = await rowsRead(async () => {
      summaries = await summarizeChannels(pool, merchantId);
    });
    expect(summaries).toHaveLength(CHANNELS);
    for (const one of summaries) {
      expect(one).toMatchObject({ listings: LISTINGS, inSync: 4_940, behind: 30, refused: 20, unsupported: 10 });
    }
    expect(all).toBeLessThan(CHANNELS * 200);
    const found = await rowsRead(async () => {
      expect(await summarizeChannel(pool, channel.channelId)).toEqual(
        summaries.find((one) => one.channelId === channel.channelId),
      );
    });
    expect(found).toBeLessThan(200);
  });

  it("claiming reads the listings that are to be pushed", async () => {
    await makeBehind(3_000);
    const behind = (await listingsBehind(pool, 30)).filter((one) => one.channelId === channel.channelId);
    let claimed = 0;
    const read = await rowsRead(async () => {
      const listingIds = behind.map((one) => one.listingId);
      claimed = (await claimAll(pool, channel, listingIds)).claimed.length;
    });
    expect(claimed).toBe(30);
    expect(read).toBeLessThan(30 * 15);
  });

  it("claiming what sold out reads the last push of each, however often it was pushed", async () => {
    await pool.query(`update sync_state set desired_quantity = 0, desired_position = 20 where ${first(300)}`);
    const pushed = (listings: number, positions: string) =>
      pool.query(
        `insert into push (channel_id, listing_id, lease, quantity, position, recorded_at, requested_at, answered_at, outcome)
         select channel_id, listing_id, gen_random_uuid(), 0, position, now(), now(), now(), 'retry'
         from sync_state, generate_series(${positions}) position where ${first(listings)} order by position`,
      );
    await pushed(300, "1, 19");
    await pushed(100, "20, 20");
    if (state === "analyzed") await pool.query("analyze push");
    let claimed = 0;
    const read = await rowsRead(async () => {
      claimed = (await claimAll(pool, channel, [], { atMost: 10, soldOutToo: true })).claimed.length;
    });
    expect(claimed).toBe(10);
    expect(read).toBeLessThan(200 * 10);
  });

  it("looking for what must be read back reads what is due", async () => {
    await pool.query(`update sync_state set confirm_at = now() + interval '1 hour' where ${first(3_000)}`);
    await pool.query(`update sync_state set confirm_at = now() where ${first(5)}`);
    let due = 0;
    const read = await rowsRead(async () => {
      due = (await claimUnconfirmed(pool, channel.channelId, 50, 30)).length;
    });
    expect(due).toBe(5);
    expect(read).toBeLessThan(5 * 10 + 20);
  });

  it("looking for a feed to ask after, or to make, reads no listing that does not wait", async () => {
    await makeBehind(100);
    const read = await rowsRead(async () => {
      await takeDueFeed(pool, channel.channelId, 60_000);
      await claimFeed(pool, channel.channelId, { atLeast: 1_000, limit: 4_000, unheardMs: 60_000 });
    });
    expect(read).toBeLessThan(120);
  });

  it("making a feed, and asking after it, reads each of its listings a few times", async () => {
    await makeBehind(3_000);
    let fed: readonly unknown[] = [];
    const read = await rowsRead(async () => {
      const feed = await claimFeed(pool, channel.channelId, { atLeast: 1_000, limit: 4_000, unheardMs: 0 });
      await takeDueFeed(pool, channel.channelId, 60_000);
      fed = feed?.pushes ?? [];
    });
    expect(fed).toHaveLength(3_000);
    expect(read).toBeLessThan(3_000 * 30);
  });
});
