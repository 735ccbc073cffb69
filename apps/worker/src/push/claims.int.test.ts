import { listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cutWaiting } from "../testing/cut.ts";
import { MERCHANT, startWorld, type World } from "../testing/world.ts";
import { claim, settle } from "./claims.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("shopify", "postgres");
});
afterAll(() => world.stop());

it("keeps what became of a push whose store was away for a moment", async () => {
  const shop = await world.connect([{ sku: "A-1", quantity: 5 }]);
  await shop.sellElsewhere("A-1", 1);
  const listing = async () => (await listListings(world.store, { merchantId: MERCHANT, limit: 1 }))[0];
  const listingId = (
    await until("the sale reached the listing", async () => {
      const found = await listing();
      return found?.desired === 4 ? found : undefined;
    })
  ).listingId;
  const answer = () => expect.unreachable("the listing can be claimed");
  const item = { listingId, priority: 2, round: 0, alone: false, answer };
  const { claims } = await claim(world.store, shop.channel.channelId, [item], {
    atMost: 1,
    soldOutToo: true,
    buckets: { notAmong: [] },
  });
  expect(claims).toHaveLength(1);

  const holder = await world.store.connect();
  await holder.query("begin");
  await holder.query("select 1 from sync_state where listing_id = $1 for update", [listingId]);
  const settled = settle(
    world.store,
    claims.map((one) => ({ claim: one, outcome: { status: "accepted" } })),
    new Date(),
  );
  await cutWaiting(holder);

  await settled;
  expect(await listing()).toMatchObject({ shown: 4, shownPosition: claims[0]?.push.position });
});

it("counts a claim's time from before it was asked for, so that nobody else can have it while some is left", async () => {
  const shop = await world.connect([{ sku: "C-1", quantity: 5 }]);
  const { channelId } = shop.channel;
  await shop.sellElsewhere("C-1", 1);
  const { listingId } = await until("the sale reached the listing", async () => {
    const [found] = await listListings(world.store, { channelId, limit: 1 });
    return found?.desired === 4 ? found : undefined;
  });
  const holder = await world.store.connect();
  await holder.query("begin");
  await holder.query("select 1 from sync_state where listing_id = $1 for update", [listingId]);
  const item = {
    listingId,
    priority: 2,
    round: 0,
    alone: false,
    answer: () => expect.unreachable("it can be claimed"),
  };
  const options = { atMost: 1, soldOutToo: true, buckets: { notAmong: [] } };
  const claiming = claim(world.store, channelId, [item], options);
  const { pid } = (await holder.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0] ?? {};
  await until("the claim has waited for a while", async () => {
    const waiting = await world.store.query(
      `select from pg_stat_activity
       where $1 = any(pg_blocking_pids(pid)) and clock_timestamp() - query_start > interval '300 milliseconds'`,
      [pid],
    );
    return waiting.rowCount === 1;
  });
  await holder.query("rollback");
  holder.release();
  const [claimed] = (await claiming).claims;
  // Asked first: the moment until the next line may be long, and only makes less of what is left by the claim's count.
  const { rows } = await world.store.query<{ leftMs: number }>(
    `select extract(epoch from push_leased_until - clock_timestamp())::float8 * 1000 as "leftMs"
     from sync_state where listing_id = $1`,
    [listingId],
  );
  const leftMs = claimed?.leftMs() ?? Number.NaN;
  expect(rows[0]?.leftMs).toBeGreaterThan(leftMs + 200);
});

it("claims a listing once that two jobs ask for, and one that sold out before its job came", async () => {
  const shop = await world.connect([
    { sku: "B-1", quantity: 5 },
    { sku: "B-2", quantity: 5 },
  ]);
  const { channelId } = shop.channel;
  await shop.sellElsewhere("B-1", 1);
  await shop.sellElsewhere("B-2", 5);
  const listings = await until("the sales reached the listings", async () => {
    const found = await listListings(world.store, { channelId, limit: 2 });
    return found.every(({ desired, shown }) => desired !== shown) ? found : undefined;
  });
  const listingId = listings.find(({ sku }) => sku === "B-1")?.listingId ?? "";
  const answer = () => expect.unreachable("both jobs wait on");
  const twice = [1, 2].map((round) => ({ listingId, priority: 2, round, alone: false, answer }));
  const { claims, left } = await claim(world.store, channelId, twice, {
    atMost: 10,
    soldOutToo: true,
    buckets: { notAmong: [] },
  });
  const quantities = new Map(claims.map(({ update }) => [update.listing.sku, update.quantity]));
  expect(Object.fromEntries(quantities)).toEqual({ "B-1": 4, "B-2": 0 });
  expect(left).toEqual([twice[1]]);
});
