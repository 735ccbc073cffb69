import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createQueues, type JobResult } from "./index.ts";

const log = createLogger({ name: "test", level: "silent" });
const done: JobResult = { status: "done" };

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describe("queues on postgres", () => {
  it("opened while the server did not take queries work once it does", async () => {
    const databaseUrl = await postgres.createDatabase();
    const queues = await createQueues({ redisUrl: undefined, databaseUrl, log });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query("alter schema bullmq rename to gone");
    const channelId = randomUUID();
    const wish = { listingId: randomUUID(), channelId, priority: 1, bucket: "" } as const;
    await expect(queues.enqueuePushes([wish])).rejects.toThrow("does not exist");
    let ran = 0;
    const process = async () => {
      ran += 1;
      return done;
    };
    const worker = queues.workPushes(channelId, process, { concurrency: 1 });
    try {
      await client.query("alter schema gone rename to bullmq");
      await queues.enqueuePushes([wish]);
      await until("the job ran", () => ran === 1);
    } finally {
      await client.end();
      await worker.close();
      await queues.close();
    }
  });

  it("do not spin while every look at a queue fails, and go on when looks succeed again", async () => {
    const databaseUrl = await postgres.createDatabase();
    const lines: string[] = [];
    const counting = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const queues = await createQueues({ redisUrl: undefined, databaseUrl, log: counting });
    const channelId = randomUUID();
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    let ran = 0;
    const gate = Promise.withResolvers<JobResult>();
    const process = () => {
      ran += 1;
      return gate.promise;
    };
    const jobs = Array.from({ length: 20 }, () => ({
      listingId: randomUUID(),
      channelId,
      priority: 3 as const,
      bucket: "",
    }));
    await queues.enqueuePushes(jobs);
    const worker = queues.workPushes(channelId, process, { concurrency: 5 });
    try {
      await until("the first jobs run", () => ran === 5);
      await client.query("alter schema bullmq rename to gone");
      gate.resolve(done);
      const from = Date.now();
      await until("looks fail, and later others", () => lines.length > 5 && Date.now() - from > 3_000);
      expect(lines.length).toBeLessThan(100);
      await client.query("alter schema gone rename to bullmq");
      await until("every job ran", () => ran >= jobs.length);
    } finally {
      await client.end();
      await worker.close();
      await queues.close();
    }
  });
});
