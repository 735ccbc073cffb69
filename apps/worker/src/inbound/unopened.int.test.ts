import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { settled, startWorld, type World } from "../testing/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("shopify", "postgres");
});
afterAll(() => world.stop());

it("a delivery of a channel that the worker can't open, as one of another version's, is kept and recorded once it can", async () => {
  const shop = await world.connect([{ sku: "A-1", quantity: 8 }]);
  const { channelId, settings } = shop.channel;
  const become = (told: unknown) =>
    world.store.query("update channel set settings = $2 where channel_id = $1", [channelId, JSON.stringify(told)]);
  await become({ known_to: "another version" });
  await world.work();
  await world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "A-1", quantity: 1 }] });
  const failed = await until("the delivery failed", async () => {
    const found = await world.store.query<{ error: string }>(
      "select error from inbox where channel_id = $1 and status = 'failed'",
      [channelId],
    );
    return found.rows[0];
  });
  expect(failed.error).toBe("this worker can't open the channel: its log says why");
  await become(settings);
  await settled(shop, "A-1", 7);
});
