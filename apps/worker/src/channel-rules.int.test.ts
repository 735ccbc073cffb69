import { startWalmartSimulator } from "@lastunit/simulators";
import { summarizeChannels } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MERCHANT, settled, startWorld, type World } from "./testing/world.ts";

describe("the worker with Walmart", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("walmart", "postgres");
  });
  afterAll(() => world.stop());

  it("sends what is behind as one feed when it is much, and no call beside it", async () => {
    // A feed takes 1,000 or more, and in the minute in which it is made up calls can write 200 and a few.
    const skus = Array.from({ length: 1_300 }, (_, index) => `MANY-${index}`);
    const shop = await world.connect(skus.map((sku) => ({ sku, quantity: 90 })));
    await shop.sellAllElsewhere(skus, 2);
    const behind = async () => (await summarizeChannels(world.store, MERCHANT))[0]?.behind;
    const patience = { timeoutMs: 60_000 };
    await until("every listing is behind", async () => (await behind()) === skus.length, patience);
    await world.work();
    await until("every listing shows its stock", () => skus.every((sku) => shop.shown(sku) === 88), patience);
    await until("nothing is left to push", async () => (await behind()) === 0, patience);
    const history = world.simulator.history(shop.account);
    expect(history.filter((one) => one.type === "call" && one.operation === "submitFeed")).toHaveLength(1);
    const written = history.flatMap((one) => (one.type === "quantity_written" ? [one.sku] : []));
    expect(written.toSorted()).toEqual(skus.toSorted());
  });
});

describe("the worker with a Walmart on which shipped units are for sale again", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("walmart", "postgres", () =>
      startWalmartSimulator({ seed: 7, shippingLowersInput: false }),
    );
    await world.work();
  });
  afterAll(() => world.stop());

  it("reads what may have moved when an order shipped, and takes the units off again", async () => {
    const shop = await world.connect([{ sku: "SHIPPED", quantity: 9 }]);
    const lines = [{ sku: "SHIPPED", quantity: 2 }];
    const placed = await world.simulator.placeOrder({ account: shop.account, lines });
    const orderId = "orderId" in placed ? placed.orderId : "";
    await settled(shop, "SHIPPED", 7);
    await world.simulator.shipOrder(shop.account, orderId);
    expect(shop.shown("SHIPPED")).toBe(9);
    await until("it shows what there is", async () => {
      await world.queues.pollNow(shop.channel.channelId);
      return shop.shown("SHIPPED") === 7;
    });
  });
});

describe("the worker with Amazon", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("amazon", "postgres");
    await world.work();
  });
  afterAll(() => world.stop());

  const confirmNow = (sku: string) =>
    world.store.query(
      `update sync_state s set confirm_at = now() from listing l
       where l.listing_id = s.listing_id and l.sku = $1 and s.confirm_at is not null`,
      [sku],
    );

  it("reads back what was accepted, and pushes again what does not show", async () => {
    const shop = await world.connect([{ sku: "LATE", quantity: 9 }]);
    await shop.sellElsewhere("LATE", 1);
    await settled(shop, "LATE", 8);
    // Somebody else's write, or ours that Amazon lost on its way: nothing tells us of it.
    await world.simulator.placeOrder({
      account: shop.account,
      lines: [{ sku: "LATE", quantity: 3 }],
      notify: { copies: 0 },
    });
    expect(shop.shown("LATE")).toBe(5);
    await until("it is to be confirmed", async () => ((await confirmNow("LATE")).rowCount ?? 0) > 0);
    await settled(shop, "LATE", 5);
  });
});

describe("the worker with Shopify", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("shopify", "postgres");
    await world.work();
  });
  afterAll(() => world.stop());

  const dueNow = () => world.store.query("update channel set looked_at = now() - interval '2 days'");
  const summary = async () => (await summarizeChannels(world.store, MERCHANT))[0];

  it("looks after a channel once a day: mends its subscriptions and notes what must be renewed by when", async () => {
    const shop = await world.connect([{ sku: "DAILY", quantity: 9 }]);
    await world.simulator.switchOff?.(shop.account);
    await dueNow();
    await until("it was looked after", async () => {
      const { rows } = await world.store.query("select from channel where looked_at > now() - interval '1 minute'");
      return rows.length === 1;
    });
    expect(await summary()).toMatchObject({ status: "active", problems: [] });
    await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "DAILY", quantity: 2 }] });
    await settled(shop, "DAILY", 7);
  });

  it("says that a channel must be connected again when the daily look is refused", async () => {
    const shop = await world.connect([{ sku: "GONE", quantity: 9 }]);
    world.simulator.fault({ account: shop.account, effect: { type: "revoke" } });
    await dueNow();
    const found = await until("its status changed", async () => {
      const channels = await summarizeChannels(world.store, MERCHANT);
      return channels.find((one) => one.channelId === shop.channel.channelId && one.status !== "active");
    });
    expect(found).toMatchObject({ status: "needs_reconnect", statusReason: expect.any(String) });
  });
});
