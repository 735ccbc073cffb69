import { findChannel, listListings, openDeliveries, reviseOffer, upsertListings } from "@lastunit/store";
import { pushQueueName } from "@lastunit/queues";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCATION, MERCHANT, settled, startWorld, type Connected, type World } from "./testing/world.ts";

describe.each(["redis", "postgres"] as const)("the worker with Shopify on %s", (backend) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("shopify", backend);
    // Two of them: whatever one does must hold beside the other.
    await world.work();
    await world.work();
  });
  afterAll(() => world.stop());

  const writes = (shop: Connected) =>
    world.simulator.history(shop.account).filter((one) => one.type === "quantity_written");
  const calls = (shop: Connected) => world.simulator.history(shop.account).filter((one) => one.type === "call");
  const onHand = async (sku: string) => (await world.ledger.stock(MERCHANT, [sku])).stock[0]?.on_hand;
  const failedJobs = (shop: Connected) => world.queues.queue(pushQueueName(shop.channel.channelId)).getFailed();

  it("shows another channel's sale on this one", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 5 }]);
    await shop.sellElsewhere("A-1", 2);
    await settled(shop, "A-1", 3);
    expect(writes(shop)).toMatchObject([{ sku: "A-1", from: 5, to: 3 }]);
  });

  it("records a sale once, however often the channel tells of it and whoever asks", async () => {
    const shop = await world.connect([{ sku: "B-1", quantity: 9 }]);
    await world.simulator.placeOrder({
      account: shop.account,
      lines: [{ sku: "B-1", quantity: 2 }],
      notify: { copies: 3 },
    });
    await settled(shop, "B-1", 7);
    await world.queues.pollNow(shop.channel.channelId);
    await until(
      "its orders were polled",
      async () => (await findChannel(world.store, shop.channel.channelId))?.ordersPolledAt,
    );
    await world.simulator.redeliver(shop.account, 2);
    await shop.sellElsewhere("B-1", 1);
    await settled(shop, "B-1", 6);
    expect(await onHand("B-1")).toBe(6);
  });

  it("takes an order's units from the channel's default location as it is by then", async () => {
    const shop = await world.connect([{ sku: "DEFAULT", quantity: 9 }]);
    const order = () => world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "DEFAULT", quantity: 2 }] });
    const at = async (location: string) =>
      (await world.ledger.stock(MERCHANT, ["DEFAULT"])).stock[0]?.locations.find((one) => one.location_id === location)
        ?.on_hand;
    await order();
    await until("it is in the ledger", async () => (await at(LOCATION)) === 7);
    const received = {
      event_id: `elsewhere-${backend}`,
      event_type: "inventory.receiving",
      source: "purchasing",
    } as const;
    const where = { sku: "DEFAULT", location_id: "ELSEWHERE", quantity: 9, timestamp: new Date().toISOString() };
    await world.ledger.append(MERCHANT, [{ ...received, ...where }]);
    await reviseOffer(world.store, shop.channel.channelId, { defaultLocationId: "ELSEWHERE" });
    // The channel shows nothing until the hub has followed what was received there.
    await until("it can be bought", async () => "orderId" in (await order()));
    await until("it is in the ledger", async () => (await at("ELSEWHERE")) === 7);
    expect(await at(LOCATION)).toBe(7);
  });

  it("puts units of a cancelled order back", async () => {
    const shop = await world.connect([{ sku: "C-1", quantity: 4 }]);
    const order = await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "C-1", quantity: 3 }] });
    await settled(shop, "C-1", 1);
    if ("orderId" in order) await world.simulator.cancelOrder(shop.account, order.orderId);
    await settled(shop, "C-1", 4);
    expect(await onHand("C-1")).toBe(4);
  });

  it("never undoes a sale of the channel that nobody has told of yet, and asks for it", async () => {
    const shop = await world.connect([{ sku: "D-1", quantity: 5 }]);
    await world.simulator.placeOrder({
      account: shop.account,
      lines: [{ sku: "D-1", quantity: 1 }],
      notify: { copies: 0 },
    });
    await shop.sellElsewhere("D-1", 2);
    await settled(shop, "D-1", 2);
    expect(writes(shop).every((write) => write.to <= 2)).toBe(true);
  });

  it("makes no call while the channel throttles it, and spends no attempt", async () => {
    const shop = await world.connect([
      { sku: "E-1", quantity: 50 },
      { sku: "E-2", quantity: 50 },
    ]);
    await shop.sellElsewhere("E-1", 1);
    await settled(shop, "E-1", 49);
    world.simulator.fault({ account: shop.account, operation: "inventorySetQuantities", effect: { type: "throttle" } });
    await shop.sellElsewhere("E-1", 1);
    const throttled = await until("a call was throttled", () => calls(shop).find((call) => call.throttled));
    const queue = world.queues.queue(pushQueueName(shop.channel.channelId));
    // What the other worker has under way by then, the one that was throttled can't stop.
    await until(
      "the queue is held, or was",
      async () => (await queue.getRateLimitTtl()) > 0 || shop.shown("E-1") === 48,
    );
    await shop.sellElsewhere("E-2", 1);
    await settled(shop, "E-1", 48);
    await settled(shop, "E-2", 49);
    const after = calls(shop).filter((call) => call.at > throttled.at);
    // The simulator answers that the bucket refills within a second or so.
    expect(Math.min(...after.map((call) => call.at)) - throttled.at).toBeGreaterThanOrEqual(400);
    expect((await queue.getCompleted()).every((job) => job.attemptsMade <= 1)).toBe(true);
  });

  it("sends the newest number again when an answer was lost", async () => {
    const shop = await world.connect([{ sku: "F-1", quantity: 20 }]);
    const operation = "inventorySetQuantities";
    world.simulator.fault({ account: shop.account, operation, times: 2, effect: { type: "lose_answer" } });
    await shop.sellElsewhere("F-1", 3);
    await until("the call was made", () => calls(shop).some((call) => call.operation === operation));
    await shop.sellElsewhere("F-1", 1);
    await settled(shop, "F-1", 16);
    expect(writes(shop).at(-1)).toMatchObject({ to: 16 });
  });

  it("takes a write for unknown whose answer was lost, also when its repeat was only throttled", async () => {
    const shop = await world.connect([{ sku: "L-1", quantity: 20 }]);
    const operation = "inventorySetQuantities";
    world.simulator.fault({ account: shop.account, operation, effect: { type: "lose_answer" } });
    world.simulator.fault({ account: shop.account, operation, effect: { type: "throttle" } });
    await shop.sellElsewhere("L-1", 3);
    const { channelId } = shop.channel;
    await until("the listing is in step", async () => {
      const [listing] = await listListings(world.store, { channelId, sku: "L-1", limit: 1 });
      return listing?.shown === 17;
    });
    expect(calls(shop).filter((call) => call.throttled)).toHaveLength(1);
    // Its own write was not taken for a sale on the channel, which would have been kept off the next number.
    expect(writes(shop).map((write) => write.to)).toEqual(writes(shop).map(() => 17));
    const { rows } = await world.store.query("select unseen_units from sync_state where channel_id = $1", [channelId]);
    expect(rows).toEqual([{ unseen_units: 0 }]);
  });

  it("fails a wrong listing for good in the channel's own words, and pushes the rest", async () => {
    const shop = await world.connect([{ sku: "G-1", quantity: 8 }]);
    const [good] = await listListings(world.store, { channelId: shop.channel.channelId, limit: 10 });
    if (!good) throw new Error("the import found no listing");
    const wrong = {
      sku: "G-1",
      externalId: "gid://shopify/InventoryItem/999999999",
      externalLocationId: good.externalLocationId,
      external: good.external,
      lineRef: "gid://shopify/ProductVariant/999999999",
      title: "Gone",
      barcode: null,
      available: null,
      unsupported: null,
    };
    const { listingIds } = await upsertListings(world.store, shop.channel, [wrong]);
    await shop.sellElsewhere("G-1", 1);
    await settled(shop, "G-1", 7);
    const told = await until("the listing shows why", async () => {
      const found = await listListings(world.store, { channelId: shop.channel.channelId, limit: 10 });
      return found.find((listing) => listing.listingId === listingIds[0] && listing.errorMessage !== null);
    });
    const [dead] = await until("its job is a dead letter", async () => {
      const failed = await failedJobs(shop);
      return failed.length > 0 ? failed : undefined;
    });
    expect(dead?.data).toEqual({ version: 1, listingId: listingIds[0] });
    expect(dead?.failedReason).toContain(told.errorMessage);
  });

  it("stops calling a channel that took our access away, and says that it must be connected again", async () => {
    const shop = await world.connect([{ sku: "H-1", quantity: 8 }]);
    world.simulator.fault({ account: shop.account, effect: { type: "revoke" } });
    await shop.sellElsewhere("H-1", 1);
    const channel = await until("the channel needs to be reconnected", async () => {
      const found = await findChannel(world.store, shop.channel.channelId);
      return found?.status === "needs_reconnect" ? found : undefined;
    });
    expect(channel.statusReason).toBeTruthy();
    await shop.sellElsewhere("H-1", 1);
    await until("its pushes wait", async () => {
      const queue = world.queues.queue(pushQueueName(shop.channel.channelId));
      return (await queue.getJobCountByTypes("waiting", "prioritized", "delayed")) > 0;
    });
    expect(await failedJobs(shop)).toEqual([]);
  });

  it("records the lines it can and keeps the delivery with what must be mapped for the others", async () => {
    const shop = await world.connect([
      { sku: "I-1", quantity: 8 },
      { sku: "I-2", quantity: 8 },
    ]);
    await world.store.query("delete from listing where channel_id = $1 and sku = 'I-2'", [shop.channel.channelId]);
    const lines = [
      { sku: "I-1", quantity: 1 },
      { sku: "I-2", quantity: 1 },
    ];
    await world.simulator.placeOrder({ account: shop.account, lines });
    await settled(shop, "I-1", 7);
    const dead = await until("the delivery is dead", async () => {
      const found = await world.store.query<{ error: string }>(
        "select error from inbox where channel_id = $1 and status = 'dead'",
        [shop.channel.channelId],
      );
      return found.rows[0];
    });
    expect(dead.error).toMatch(/no listing of this channel is known as .*I-2/);
    expect(await shop.available("I-2")).toBe(8);
  });

  it("keeps a polled order with what must be mapped, and records it whole once it is", async () => {
    const shop = await world.connect([
      { sku: "K-1", quantity: 8 },
      { sku: "K-2", quantity: 8 },
    ]);
    const { channelId } = shop.channel;
    const [forgotten] = await listListings(world.store, { channelId, sku: "K-2", limit: 1 });
    if (!forgotten) throw new Error("the import found no listing");
    await world.store.query("delete from listing where listing_id = $1", [forgotten.listingId]);
    const lines = [
      { sku: "K-1", quantity: 1 },
      { sku: "K-2", quantity: 2 },
    ];
    await world.simulator.placeOrder({ account: shop.account, lines, notify: { copies: 0 } });
    await until("the order list shows it", async () => {
      await world.queues.pollNow(channelId);
      return (await onHand("K-1")) === 7;
    });
    const deadOrders = async () => {
      const found = await world.store.query<{ error: string }>(
        "select error from inbox where channel_id = $1 and topic = 'poll' and status = 'dead'",
        [channelId],
      );
      return found.rows;
    };
    await until("it is kept", async () => (await deadOrders()).length > 0);
    await world.queues.pollNow(channelId);
    expect(await deadOrders()).toEqual([
      { error: expect.stringMatching(/no listing of this channel is known as .*K-2/) },
    ]);
    expect(await onHand("K-2")).toBe(8);

    await upsertListings(world.store, shop.channel, [
      { ...forgotten, barcode: null, available: shop.shown("K-2") ?? null },
    ]);
    await world.queues.enqueueInbound(await openDeliveries(world.store, { limit: 100, olderThanSeconds: 0 }));
    await settled(shop, "K-2", 6);
    expect([await onHand("K-1"), await onHand("K-2")]).toEqual([7, 6]);
  });

  it("keeps many listings true under many changes at once", async () => {
    const skus = Array.from({ length: 40 }, (_, index) => `J-${index}`);
    const shop = await world.connect(skus.map((sku) => ({ sku, quantity: 30 })));
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(skus.map((sku) => shop.sellElsewhere(sku, 1)));
      await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "J-0", quantity: 1 }] });
    }
    await settled(shop, "J-0", 20);
    for (const sku of skus.slice(1)) await settled(shop, sku, 25);
    // A call carries many listings, and a listing that changed again is not sent once for each change.
    const sent = calls(shop).filter((call) => call.operation === "inventorySetQuantities").length;
    expect(sent).toBeLessThan(60);
  });
});
