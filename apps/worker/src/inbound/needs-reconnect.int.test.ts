import { openDeliveries, setChannelStatus } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settled, startWorld, type Connected, type World } from "../testing/world.ts";

let world: World;

const calls = ({ account }: Connected) => world.simulator.history(account).filter((one) => one.type === "call");
const open = () => openDeliveries(world.store, { limit: 100, olderThanSeconds: 0 });

/** What became of the channel's deliveries, by topic; undefined until that many are worked off, for now or for good. */
async function workedOff({ channel }: Connected, count: number) {
  const { rows } = await world.store.query<{ topic: string; status: string; attempts: number }>(
    "select topic, status, attempts from inbox where channel_id = $1 order by topic",
    [channel.channelId],
  );
  const isDone = rows.length === count && rows.every(({ status }) => status === "processed" || status === "waiting");
  return isDone ? rows : undefined;
}

describe("a delivery of a Shopify channel that must be connected again", () => {
  beforeAll(async () => {
    world = await startWorld("shopify", "postgres");
  });
  afterAll(() => world.stop());

  it("is brought in when it tells all by itself, and else waits, without a call, until the channel is connected", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 9 }]);
    const { channelId } = shop.channel;
    await setChannelStatus(world.store, channelId, "needs_reconnect", "The token was revoked.");
    await world.work();
    const before = calls(shop).length;
    const placed = await world.simulator.placeOrder({
      account: shop.account,
      lines: [{ sku: "A-1", quantity: 2 }],
    });
    await until("the sale is in the ledger", async () => (await shop.available("A-1")) === 7);
    await world.simulator.cancelOrder(shop.account, "orderId" in placed ? placed.orderId : "");
    expect(await until("what tells of it came", () => workedOff(shop, 3))).toMatchObject([
      { topic: "orders/cancelled", status: "waiting" },
      { topic: "orders/create", status: "processed" },
      { topic: "refunds/create", status: "waiting" },
    ]);
    expect(await open()).toEqual([]);
    expect(calls(shop)).toHaveLength(before);

    await setChannelStatus(world.store, channelId, "active", null);
    await until("all is brought in", async () => {
      await world.queues.enqueueInbound(await open());
      return (await workedOff(shop, 3))?.every(({ status }) => status === "processed");
    });
    await settled(shop, "A-1", 9);
  });
});

describe("a delivery of an eBay channel whose seller took the access away", () => {
  beforeAll(async () => {
    world = await startWorld("ebay", "postgres");
    await world.work();
  });
  afterAll(() => world.stop());

  it("waits, and has eBay asked for no other token, however often it comes again", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 9 }]);
    world.simulator.fault({ account: shop.account, operation: "getOrder", effect: { type: "revoke" } });
    await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "A-1", quantity: 2 }] });
    // The first is eBay's own word of it.
    const [, order] = await until("it was tried", () => workedOff(shop, 2));
    expect(order).toEqual({ topic: "ORDER_CONFIRMATION", status: "waiting", attempts: 1 });
    expect(await open()).toEqual([]);
    const before = calls(shop);
    await world.simulator.redeliver(shop.account, 1);
    await until("it was tried again", async () => ((await workedOff(shop, 2))?.[1]?.attempts ?? 0) > 1);
    expect(calls(shop)).toEqual(before);
  });
});
