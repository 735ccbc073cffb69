import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import type { NewDelivery } from "@lastunit/store";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createIntake, type Intake } from "../src/webhooks/intake.ts";
import { call, newSecret, sender } from "./calls.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let channelId: string;
let intake: Intake;
/** Of the deliveries that the worker was told of, call by call. */
let announced: (readonly number[])[];

beforeAll(async () => {
  world = await startWorld({ kinds: [] });
});
afterAll(() => world.stop());
beforeEach(async () => {
  const body = sender(`POS ${randomUUID()}`, newSecret());
  channelId = (await call(world.gateway.url, "/v1/channels", { body })).body.channel_id;
  announced = [];
  intake = createIntake({
    store: world.store,
    queues: { enqueueInbound: async (inboxIds) => void announced.push(inboxIds) },
    log: createLogger({ name: "test", level: "silent" }),
  });
});

const delivery = (told: Partial<NewDelivery> = {}): NewDelivery => ({
  channelId,
  deliveryId: randomUUID(),
  topic: "stock.movement",
  headers: {},
  body: Buffer.from("{}"),
  ...told,
});

async function inbox() {
  const { rows } = await world.store.query<{ inbox_id: number; redeliveries: number; statement: string }>(
    "select inbox_id, redeliveries, xmin::text as statement from inbox where channel_id = $1 order by inbox_id",
    [channelId],
  );
  return rows;
}

describe("deliveries that come in at the same moment", () => {
  it("are stored by few statements, each once, and the worker is told of each", async () => {
    const stored = await Promise.all(Array.from({ length: 300 }, () => intake.store(delivery())));
    expect(stored.every(({ duplicate }) => !duplicate)).toBe(true);
    const rows = await inbox();
    const ids = stored.map(({ inboxId }) => inboxId).toSorted((one, other) => one - other);
    expect(ids).toEqual(rows.map((row) => row.inbox_id));
    expect(new Set(ids).size).toBe(300);
    // The four first go alone, the others by fifties.
    expect(new Set(rows.map(({ statement }) => statement)).size).toBeLessThanOrEqual(10);
    expect(announced.flat().toSorted((one, other) => one - other)).toEqual(ids);
  });

  it("are stored by a few megabytes a statement, however few they are", async () => {
    const body = Buffer.alloc(1024 * 1024, "x");
    await Promise.all(Array.from({ length: 24 }, () => intake.store(delivery({ body }))));
    const statements = Map.groupBy(await inbox(), ({ statement }) => statement);
    expect(Math.max(...[...statements.values()].map((rows) => rows.length))).toBe(4);
  });

  it("and are one and the same are stored once, and each other is counted and answered as told again", async () => {
    const same = delivery();
    const stored = await Promise.all(Array.from({ length: 20 }, () => intake.store(same)));
    const [row] = await inbox();
    expect(stored.filter(({ duplicate }) => !duplicate)).toEqual([{ inboxId: row?.inbox_id, duplicate: false }]);
    expect(stored.filter(({ duplicate }) => duplicate)).toHaveLength(19);
    expect(await inbox()).toMatchObject([{ redeliveries: 19 }]);
    expect(announced.flat()).toEqual([row?.inbox_id]);
  });

  it("are stored though one of them, of a channel that is gone, can't be: that one alone fails", async () => {
    const gone = delivery({ channelId: randomUUID() });
    const all = [
      ...Array.from({ length: 10 }, () => delivery()),
      gone,
      ...Array.from({ length: 10 }, () => delivery()),
    ];
    const results = await Promise.allSettled(all.map((one) => intake.store(one)));
    const failed = results.flatMap((result, index) => (result.status === "rejected" ? [{ index, ...result }] : []));
    expect(failed).toMatchObject([{ index: 10, reason: { code: "unknown_channel" } }]);
    expect(await inbox()).toHaveLength(20);
    expect(announced.flat()).toHaveLength(20);
  });

  it("are all refused at once, those that wait as well, when the database is away, and the next ones are stored", async () => {
    const away = vi.spyOn(world.store, "query").mockImplementation(() => {
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    });
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => intake.store(delivery())));
    expect(results.map(({ status }) => status)).toEqual(results.map(() => "rejected"));
    expect(away).toHaveBeenCalledTimes(4);
    away.mockRestore();
    await expect(intake.store(delivery())).resolves.toMatchObject({ duplicate: false });
  });

  it("are stored beside one that waits for a row that somebody holds", async () => {
    const held = delivery();
    await intake.store(held);
    const holder = await world.store.connect();
    await holder.query("begin");
    await holder.query("select from inbox where channel_id = $1 for update", [channelId]);
    const again = intake.store(held);
    await Promise.all(Array.from({ length: 20 }, () => intake.store(delivery())));
    await holder.query("rollback");
    holder.release();
    expect((await again).duplicate).toBe(true);
  });
});
