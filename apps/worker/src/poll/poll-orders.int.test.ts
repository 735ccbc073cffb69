import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { settled, startWorld, type World } from "../testing/world.ts";

const MINUTE_MS = 60_000;

describe("the first poll of a channel's orders", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("amazon", "postgres");
  });
  afterAll(() => world.stop());
  afterEach(() => vi.useRealTimers());

  it("hears what sold since the channel was connected, also when no worker could poll for hours", async () => {
    const shop = await world.connect([{ sku: "A-1", quantity: 6 }]);
    const { channelId } = shop.channel;
    await world.store.query("update channel set created_at = now() - interval '3 hours' where channel_id = $1", [
      channelId,
    ]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 150 * MINUTE_MS });
    const lines = [{ sku: "A-1", quantity: 2 }];
    await world.simulator.placeOrder({ account: shop.account, lines, notify: { copies: 0 } });
    vi.useRealTimers();
    await world.work();
    await world.queues.pollNow(channelId);
    await settled(shop, "A-1", 4);
    expect((await world.ledger.stock("acme", ["A-1"])).stock[0]).toMatchObject({ on_hand: 4, reserved: 0 });
  });
});
