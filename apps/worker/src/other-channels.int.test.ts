import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    expect(Date.now() - before).toBeLessThan(10_000);
    await world.work();
    await settled(shop, "A-1", 3);
    await world.stop();
  });
});
