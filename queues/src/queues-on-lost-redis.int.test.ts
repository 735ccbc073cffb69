import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestRedis, until, type TestRedis } from "@lastunit/test-support";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createQueues, POLL_QUEUE, type JobResult } from "./index.ts";

const log = createLogger({ name: "test", level: "silent" });
const done: JobResult = { status: "done" };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

describe("queues on a Redis that may lose them", () => {
  it("refuses to start on a Redis that evicts keys, and says what to set", async () => {
    const admin = new Redis(redis.url);
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    const databaseUrl = "postgres://unused";
    await expect(createQueues({ redisUrl: redis.url, databaseUrl, log })).rejects.toThrow(
      /allkeys-lru\). Set "maxmemory-policy noeviction"/,
    );
    await admin.config("SET", "maxmemory-policy", "noeviction");
    admin.disconnect();
  });

  it("runs new pushes and puts poll schedules back after Redis was wiped", async () => {
    const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
    const channelId = randomUUID();
    let runs = 0;
    const worker = queues.workPushes(
      channelId,
      async () => {
        runs += 1;
        return done;
      },
      { concurrency: 1 },
    );
    await queues.schedulePolls([{ channelId, everyMs: 60_000 }]);
    await redis.flush();
    await queues.enqueuePushes([{ listingId: randomUUID(), channelId, priority: 2, bucket: "" }]);
    await until("the push ran", () => runs === 1);
    const schedules = () => queues.queue(POLL_QUEUE).getJobSchedulersCount();
    await until("the schedule is back", async () => (await schedules()) === 1);
    const [back] = await queues.queue(POLL_QUEUE).getJobSchedulers();
    expect(back).toMatchObject({ key: channelId, every: 60_000 });
    await worker.close();
    await queues.close();
  });
});
