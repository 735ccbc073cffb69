import { listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
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
  const claims = await claim(world.store, shop.channel.channelId, [
    { listingId, priority: 2, round: 0, alone: false, answer },
  ]);
  expect(claims).toHaveLength(1);

  const holder = await world.store.connect();
  await holder.query("begin");
  await holder.query("select 1 from sync_state where listing_id = $1 for update", [listingId]);
  const settled = settle(
    world.store,
    claims.map((one) => ({ claim: one, outcome: { status: "accepted" } })),
    new Date(),
  );
  await until("the connection that settles was cut", async () => {
    const cut = await holder.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))",
    );
    return cut.rowCount === 1;
  });
  await holder.query("rollback");
  holder.release();

  await settled;
  expect(await listing()).toMatchObject({ shown: 4, shownPosition: claims[0]?.push.position });
});
