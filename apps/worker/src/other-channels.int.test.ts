import { createLogger } from "@lastunit/config";
import { pushQueueName } from "@lastunit/queues";
import { startAmazonSimulator } from "@lastunit/simulators";
import { forgetUnseen } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordFacts } from "./inbound/record-facts.ts";
import { settled, startWorld, type World } from "./testing/world.ts";

describe("the worker with Walmart, which writes whatever it is told", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("walmart", "redis");
    await world.work();
  });
  afterAll(() => world.stop());

  it("reads before it raises, so that a sale nobody told of yet is not put back on sale", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 5 }]);
    await world.simulator.placeOrder({
      account: shop.account,
      lines: [{ sku: "A-1", quantity: 2 }],
      notify: { copies: 0 },
    });
    await shop.receive("A-1", 3);
    await settled(shop, "A-1", 6);
    const history = world.simulator.history(shop.account);
    const raised = history.filter((one) => one.type === "quantity_written").map((one) => one.to);
    expect(raised.every((quantity) => quantity <= 6)).toBe(true);
  });

  it("tries a raise again of a SKU that Walmart does not know yet, instead of giving it up at once", async () => {
    const shop = await world.connect([{ sku: "NEW", quantity: 5 }]);
    const body = JSON.stringify({
      errors: [{ code: "CONTENT_NOT_FOUND.GMP_INVENTORY_API", description: "no such SKU" }],
    });
    world.simulator.fault({
      account: shop.account,
      operation: "getMultiNodeInventoryForSkuAndAllShipnodes",
      effect: { type: "status", status: 404, body, headers: { "content-type": "application/json" } },
    });
    await shop.receive("NEW", 3);
    await settled(shop, "NEW", 8);
    const { rows } = await world.store.query(
      "select outcome, detail from push where channel_id = $1 order by push_id limit 1",
      [shop.channel.channelId],
    );
    expect(rows).toEqual([{ outcome: "retry", detail: "missing: no such SKU" }]);
    expect(await world.queues.queue(pushQueueName(shop.channel.channelId)).getFailedCount()).toBe(0);
  });
});

describe("the worker with Amazon, which tells through a queue of its own", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("amazon", "postgres");
    await world.work();
  });
  afterAll(() => world.stop());

  it("holds the units of a pending order, of which only polling tells, and sells them when it stands", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 6 }]);
    const lines = [{ sku: "A-1", quantity: 2 }];
    const order = await world.simulator.placeOrder({ account: shop.account, lines, pending: true });
    if (!("orderId" in order)) throw new Error("the order was refused");
    await world.queues.pollNow(shop.channel.channelId);
    await settled(shop, "A-1", 4);
    const stock = async () => (await world.ledger.stock("acme", ["A-1"])).stock[0];
    expect(await stock()).toMatchObject({ on_hand: 6, reserved: 2 });
    await world.simulator.settleOrder(shop.account, order.orderId);
    await until("the hold became a sale", async () => (await stock())?.on_hand === 4);
    expect(await stock()).toMatchObject({ reserved: 0, available: 4 });
  });

  it("lets the units of a cancelled order go, also when it had been sold", async () => {
    const shop = await world.connect([{ sku: "B-1", quantity: 6 }]);
    const lines = [{ sku: "B-1", quantity: 2 }];
    const pending = await world.simulator.placeOrder({ account: shop.account, lines, pending: true });
    const sold = await world.simulator.placeOrder({ account: shop.account, lines });
    if (!("orderId" in pending && "orderId" in sold)) throw new Error("an order was refused");
    await settled(shop, "B-1", 2);
    await world.simulator.cancelOrder(shop.account, pending.orderId);
    await world.simulator.cancelOrder(shop.account, sold.orderId);
    await settled(shop, "B-1", 6);
    expect((await world.ledger.stock("acme", ["B-1"])).stock[0]).toMatchObject({ on_hand: 6, reserved: 0 });
  });
});

describe("the worker with Amazon, whose polls bring no order of the last two minutes", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("amazon", "postgres", () => startAmazonSimulator({ ordersBehindMs: 120_000 }));
    await world.work();
  });
  afterAll(() => world.stop());

  it("keeps units off sale that were found missing, until a poll reaches beyond the finding", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 5 }]);
    const { channelId } = shop.channel;
    await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "A-1", quantity: 2 }], pending: true });
    await shop.receive("A-1", 3);
    await until("they are off sale", () => shop.shown("A-1") === 6);
    const foundAt = new Date();
    const recordedAt = async () => {
      const found = await world.store.query("select orders_recorded_at from channel where channel_id = $1", [
        channelId,
      ]);
      return found.rows[0]?.["orders_recorded_at"] ?? new Date(0);
    };
    await world.queues.pollNow(channelId);
    await until("its orders were polled since", async () => (await recordedAt()) > foundAt);
    expect(await shop.available("A-1")).toBe(8);
    expect(await forgetUnseen(world.store, { marginSeconds: 0, followedUntil: new Date() })).toBe(0);
    await world.store.query("update sync_state set unseen_since = unseen_since - interval '2 minutes'");
    expect(await forgetUnseen(world.store, { marginSeconds: 0, followedUntil: new Date() })).toBe(1);
  });
});

describe("the worker with Amazon, which takes one listing a request", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("amazon", "redis");
    await world.work();
  });
  afterAll(() => world.stop());

  it("keeps what was accepted before a throttle, and sends the rest later without spending an attempt", async () => {
    const skus = ["A-1", "A-2", "A-3"];
    const shop = await world.connect(skus.map((sku) => ({ sku, quantity: 9 })));
    const operation = "patchListingsItem";
    world.simulator.fault({ account: shop.account, operation, effect: { type: "throttle" } });
    await Promise.all(skus.map((sku) => shop.sellElsewhere(sku, 1)));
    for (const sku of skus) await settled(shop, sku, 8);
    const history = world.simulator.history(shop.account);
    const written = history.filter((one) => one.type === "quantity_written").map((one) => one.sku);
    expect(written.toSorted()).toEqual(skus);
    expect(history.filter((one) => one.type === "call" && one.throttled)).toHaveLength(1);
    const queue = world.queues.queue(pushQueueName(shop.channel.channelId));
    const jobs = await until("every job is done", async () => {
      const completed = await queue.getCompleted();
      return completed.length >= skus.length ? completed : undefined;
    });
    expect(jobs.map((job) => job.attemptsMade)).toEqual(jobs.map(() => 1));
  });

  it("leaves orders from before the connection, and what is cancelled of them later, out of the counted stock", async () => {
    const shop = await world.connect([{ sku: "B-1", quantity: 6 }]);
    const parts = { store: world.store, ledger: world.ledger, log: createLogger({ name: "test", level: "silent" }) };
    const tell = (orderId: string, minutesAfter: number, state: "pending" | "sold" | "cancelled_pending") => {
      const placedAt = new Date(shop.channel.createdAt.getTime() + minutesAfter * 60_000).toISOString();
      const item = { refs: ["B-1"], sku: "B-1" };
      const line = { lineId: "1", item, externalLocationId: null, quantity: 2, state, reversals: [] };
      return recordFacts(parts, shop.channel, { orders: [{ orderId, placedAt, lines: [line] }], movements: [] });
    };
    for (const state of ["pending", "sold", "cancelled_pending"] as const) {
      expect(await tell("before", -10, state)).toEqual({ problems: [], isNews: false });
    }
    expect((await world.ledger.stock("acme", ["B-1"])).stock[0]).toMatchObject({ on_hand: 6, reserved: 0 });
    await tell("after", 0.01, "sold");
    expect((await world.ledger.stock("acme", ["B-1"])).stock[0]).toMatchObject({ on_hand: 4 });
  });
});

describe("the worker with a channel that fails again and again", () => {
  it("leaves it alone, sends one call to try it, and goes on when that one is answered", async () => {
    const world = await startWorld("shopify", "redis");
    await world.work();
    const skus = ["A-1", "A-2", "A-3", "A-4", "A-5"];
    const shop = await world.connect(skus.map((sku) => ({ sku, quantity: 9 })));
    const operation = "inventorySetQuantities";
    /** Pushes that came to this, each of one or more listings: when it was begun and when it had ended. */
    const pushes = async (outcome: "failed" | "accepted") => {
      const { rows } = await world.store.query<{ begun: number; ended: number }>(
        `select distinct extract(epoch from requested_at)::float8 * 1000 as begun,
           extract(epoch from answered_at)::float8 * 1000 as ended
         from push where outcome = $1 order by begun`,
        [outcome],
      );
      return rows;
    };
    const effect = { type: "status", status: 503 } as const;
    world.simulator.fault({ account: shop.account, operation, times: 1_000, effect });
    for (const [index, sku] of skus.entries()) {
      await shop.sellElsewhere(sku, 1);
      await until("a push failed", async () => (await pushes("failed")).length > index);
    }
    // Five failures open the breaker, the sixth is the probe's.
    await until("the probe failed", async () => (await pushes("failed")).length === 6);
    world.simulator.clearFaults();
    await shop.sellAllElsewhere(skus, 1);
    const allShown = () => skus.every((sku) => shop.shown(sku) === 7);
    await until("every listing is shown", allShown, { timeoutMs: 60_000 });

    const [fifth, probe] = (await pushes("failed")).slice(4);
    const [first] = await until("the first that was taken is kept", async () => {
      const accepted = await pushes("accepted");
      return accepted.length > 0 ? accepted : undefined;
    });
    expect((probe?.begun ?? 0) - (fifth?.ended ?? 0)).toBeGreaterThanOrEqual(1_900);
    expect((first?.begun ?? 0) - (probe?.ended ?? 0)).toBeGreaterThanOrEqual(3_900);
    await world.stop();
  });
});

describe("a worker that stops", () => {
  it("ends within ten seconds though a call hangs, and leaves the job to the next one", async () => {
    const world = await startWorld("shopify", "redis");
    const worker = await world.work();
    const shop = await world.connect([{ sku: "A-1", quantity: 5 }]);
    await shop.sellElsewhere("A-1", 1);
    await settled(shop, "A-1", 4);
    const operation = "inventorySetQuantities";
    world.simulator.fault({ account: shop.account, operation, effect: { type: "delay", ms: 30_000 } });
    await shop.sellElsewhere("A-1", 1);
    await until("the call is under way", async () => {
      const leased = await world.store.query("select 1 from sync_state where push_lease is not null");
      return leased.rowCount === 1;
    });
    const before = Date.now();
    await worker.stop();
    // And what a busy machine adds. The call itself would have ended after 15.
    expect(Date.now() - before).toBeLessThan(13_000);
    await world.work();
    // A worker that had no time left to give its job back leaves it to be found stalled, 15 s for its lock and 5 s to look,
    // and its claim to run out, after 35 s.
    await until("the next worker showed it", () => shop.shown("A-1") === 3, { timeoutMs: 60_000 });
    await world.stop();
  });
});
