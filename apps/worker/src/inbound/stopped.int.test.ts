import { pushQueueName } from "@lastunit/queues";
import { storeDelivery } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type World } from "../testing/world.ts";
import { polledOrderDelivery } from "./polled-order.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("shopify", "redis");
});
afterAll(() => world.stop());

it("a delivery is not given up when the worker stops before it has found the delivery's channel", async () => {
  const { channel } = await world.connect([{ sku: "A-1", quantity: 5 }]);
  const worker = await world.work();
  const pushes = world.queues.queue(pushQueueName(channel.channelId));
  await until("its channel is used", async () => (await pushes.getWorkersCount()) > 0);
  const order = { orderId: "1", placedAt: new Date().toISOString(), lines: [] };
  const { inboxId } = await storeDelivery(world.store, channel.channelId, polledOrderDelivery(order));
  const delivery = async () =>
    (await world.store.query("select status, error from inbox where inbox_id = $1", [inboxId])).rows[0];

  const holder = await world.store.connect();
  await holder.query("begin; lock table inbox");
  await world.queues.enqueueInbound([inboxId]);
  await until("it is being loaded", async () => {
    const waiting = await holder.query(
      "select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))",
    );
    return waiting.rowCount === 1;
  });
  const stopped = worker.stop();
  await until("its channel is no longer used", async () => (await pushes.getWorkersCount()) === 0);
  await holder.query("commit");
  holder.release();
  await stopped;
  expect(await delivery()).toEqual({ status: "received", error: null });

  await world.work();
  await world.queues.enqueueInbound([inboxId]);
  await until("another worker has brought it in", async () => (await delivery()).status === "processed");
});
