import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settled, startWorld, type Connected, type World } from "../testing/world.ts";

describe("the daily look at a channel", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("shopify", "postgres");
    await world.work();
  });
  afterAll(() => world.stop());

  /** What the merchant is told of the channel, and in how many hours it is looked at again. */
  async function told({ channel }: Connected) {
    const { rows } = await world.store.query<{
      status: string;
      problems: readonly string[];
      hours: number;
    }>(
      `select status, problems, round(24 - extract(epoch from now() - looked_at) / 3600)::integer as hours
       from channel where channel_id = $1`,
      [channel.channelId],
    );
    const [row] = rows;
    if (!row) throw new Error("there is no channel");
    return row;
  }

  /** Has the channel looked at, with all its calls of an operation answered so. */
  async function lookWith(shop: Connected, answer: { readonly status: number; readonly body?: string }) {
    const fault = { account: shop.account, operation: "webhookSubscriptions", times: 10 };
    world.simulator.fault({ ...fault, effect: { type: "status", ...answer, headers: JSON_TYPE } });
    await world.store.query(
      "update channel set looked_at = now() - interval '2 days', problems = '[\"of the last look\"]' where channel_id = $1",
      [shop.channel.channelId],
    );
    return until("the look was saved", async () => {
      const found = await told(shop);
      return found.problems[0] !== "of the last look" && found.hours > 0 && found;
    });
  }

  it("that may not subscribe says so, and leaves the channel at work: its orders are polled", async () => {
    const shop = await world.connect([{ sku: "POLLED", quantity: 9 }]);
    const denied = { errors: [{ message: "Access denied for webhooks.", extensions: { code: "ACCESS_DENIED" } }] };
    expect(await lookWith(shop, { status: 200, body: JSON.stringify(denied) })).toEqual({
      status: "active",
      problems: [
        expect.stringMatching(/^Events could not be subscribed to \(.*Access denied.*orders are polled instead\.$/),
      ],
      hours: 24,
    });
  });

  it("comes before its day when a poll finds an order that no webhook told of: the platform had dropped its subscriptions", async () => {
    const shop = await world.connect([{ sku: "DROPPED", quantity: 9 }]);
    const { channelId } = shop.channel;
    await world.simulator.switchOff(shop.account);
    await world.store.query("update channel set looked_at = now() - interval '2 hours' where channel_id = $1", [
      channelId,
    ]);
    const buy = () => world.simulator.placeOrder({ account: shop.account, lines: [{ sku: "DROPPED", quantity: 1 }] });
    await buy();
    await world.queues.pollNow(channelId);
    await settled(shop, "DROPPED", 8);
    const notified = () => world.simulator.history(shop.account).filter(({ type }) => type === "notified");
    expect(notified()).toEqual([]);
    await until("it was looked after", async () => (await told(shop)).hours === 24);
    await buy();
    await settled(shop, "DROPPED", 7);
    expect(notified()).not.toEqual([]);
  });

  it("whose subscriptions could not be asked for keeps what the proof found, and is repeated within the hour", async () => {
    const shop = await world.connect([{ sku: "UNANSWERED", quantity: 9 }]);
    await lookWith(shop, { status: 503 });
    const found = await until("it is due sooner", async () => {
      const one = await told(shop);
      return one.hours === 1 && one;
    });
    expect(found).toEqual({ status: "active", problems: [], hours: 1 });
  });
});

const JSON_TYPE = { "content-type": "application/json" };
