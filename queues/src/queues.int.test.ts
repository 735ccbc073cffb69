import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestPostgres, startTestRedis, until, type TestPostgres, type TestRedis } from "@lastunit/test-support";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createQueues, POLL_QUEUE, pushQueueName, type JobInfo, type JobResult, type Queues } from "./index.ts";

const log = createLogger({ name: "test", level: "silent" });
const done: JobResult = { status: "done" };
/** After so many the back-off is 16 seconds at least: more than anybody here waits. */
const FAILURES = 5;

let postgres: TestPostgres;
let redis: TestRedis;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop()]);
});

describe.each(["redis", "postgres"] as const)("queues on %s", (kind) => {
  let databaseUrl: string;
  const open: { close(): Promise<void> }[] = [];
  let queues: Queues;
  let channelId: string;

  const openQueues = async () => {
    const redisUrl = kind === "redis" ? redis.url : undefined;
    return createQueues({ redisUrl, databaseUrl, log });
  };
  /** Workers close before the queues they run on. */
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    open.unshift(one);
    return one;
  };

  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
  });
  beforeEach(async () => {
    queues = opened(await openQueues());
    channelId = randomUUID();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  const push = (listingId: string, priority: 1 | 2 | 3) => ({ listingId, channelId, priority, bucket: "" });
  const pushCounts = (...states: ("failed" | "completed" | "delayed")[]) =>
    queues.queue(pushQueueName(channelId)).getJobCountByTypes(...states);

  it("keeps the backend it was asked for", () => {
    expect(queues.backend).toBe(kind);
  });

  it("runs sold-out pushes before decreases, and decreases before increases", async () => {
    const [sold, less, more] = [randomUUID(), randomUUID(), randomUUID()];
    await queues.enqueuePushes([push(more, 3), push(less, 2), push(sold, 1)]);
    const seen: string[] = [];
    opened(
      queues.workPushes(
        channelId,
        async ({ listingId }) => {
          seen.push(listingId);
          return done;
        },
        { concurrency: 1 },
      ),
    );
    await until("three jobs ran", () => seen.length === 3);
    expect(seen).toEqual([sold, less, more]);
  });

  it("merges pushes of one listing while one waits", async () => {
    const listingId = randomUUID();
    await queues.enqueuePushes([push(listingId, 3)]);
    await queues.enqueuePushes([push(listingId, 3), push(listingId, 3)]);
    const counts = await queues.queue(pushQueueName(channelId)).getJobCountByTypes("prioritized", "waiting");
    expect(counts).toBe(1);
  });

  it("runs a listing once more when a push of it arrives while one is running", async () => {
    const listingId = randomUUID();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    opened(
      queues.workPushes(
        channelId,
        async () => {
          runs += 1;
          await gate.promise;
          return done;
        },
        { concurrency: 5 },
      ),
    );
    await queues.enqueuePushes([push(listingId, 3)]);
    await until("the first run began", () => runs === 1);
    await queues.enqueuePushes([push(listingId, 3)]);
    await queues.enqueuePushes([push(listingId, 1)]);
    gate.resolve();
    await until("both runs ended", async () => (await pushCounts("completed")) === 2);
    expect(runs).toBe(2);
  });

  it("moves a waiting push to the front when the listing sells out", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await queues.enqueuePushes([push(first, 2), push(second, 3)]);
    await queues.enqueuePushes([push(second, 1)]);
    const seen: string[] = [];
    opened(
      queues.workPushes(
        channelId,
        async ({ listingId }) => {
          seen.push(listingId);
          return done;
        },
        { concurrency: 1 },
      ),
    );
    await until("both ran", () => seen.length === 2);
    expect(seen).toEqual([second, first]);
  });

  it("does not let a sold-out push wait for the back-off of an earlier failure, unless it is only swept up again", async () => {
    const listingId = randomUUID();
    const jobs: JobInfo[] = [];
    opened(
      queues.workPushes(
        channelId,
        async (_, job) => {
          jobs.push(job);
          return jobs.length <= FAILURES ? { status: "retry", reason: "no answer" } : done;
        },
        { concurrency: 1 },
      ),
    );
    await queues.enqueuePushes([push(listingId, 3)]);
    await until("it backs off for long", async () => {
      const [delayed] = await queues.queue(pushQueueName(channelId)).getDelayed();
      if (delayed && jobs.length < FAILURES) await delayed.promote();
      return delayed && jobs.length === FAILURES;
    });
    await queues.enqueueBehind([push(listingId, 1)]);
    expect(await pushCounts("delayed")).toBe(1);
    await queues.enqueuePushes([push(listingId, 1)]);
    await until("it ran again", () => jobs.length === FAILURES + 1);
    expect(jobs.at(-1)).toMatchObject({ attemptsMade: FAILURES, isLastAttempt: false });
  });

  it("takes no job of a held queue in any process until the hold ends, and spends no attempt", async () => {
    const other = opened(await openQueues());
    const runs: { at: number; job: JobInfo; by: string }[] = [];
    const holdMs = 700;
    let heldAt = 0;
    let isHeld = false;
    const work = (from: Queues, by: string) => {
      const worker = opened(
        from.workPushes(
          channelId,
          async (_, job) => {
            if (heldAt === 0) {
              heldAt = Date.now();
              await worker.hold(holdMs);
              isHeld = true;
              return { status: "held" };
            }
            runs.push({ at: Date.now(), job, by });
            return done;
          },
          { concurrency: 1 },
        ),
      );
      return worker;
    };
    work(queues, "first");
    await queues.enqueuePushes([push(randomUUID(), 3)]);
    await until("the queue is held", () => isHeld);
    work(other, "second");
    await queues.enqueuePushes(Array.from({ length: 10 }, () => push(randomUUID(), 1)));
    await until("all ran", () => runs.length === 11);
    expect(Math.min(...runs.map((run) => run.at))).toBeGreaterThanOrEqual(heldAt + holdMs - 50);
    expect(runs.every((run) => run.job.attemptsMade === 0)).toBe(true);
  });

  it("keeps a job that can never succeed as a dead letter and still takes a new push of its listing", async () => {
    const listingId = randomUUID();
    let runs = 0;
    opened(
      queues.workPushes(
        channelId,
        async () => {
          runs += 1;
          return { status: "dead", reason: "unknown SKU" };
        },
        { concurrency: 1 },
      ),
    );
    await queues.enqueuePushes([push(listingId, 3)]);
    await until("it failed for good", async () => (await pushCounts("failed")) === 1);
    const [dead] = await queues.queue(pushQueueName(channelId)).getFailed();
    expect(dead).toMatchObject({ failedReason: "unknown SKU", attemptsMade: 1 });
    await queues.enqueuePushes([push(listingId, 3)]);
    await until("it ran again", () => runs === 2);
  });

  it("keeps one dead letter of each listing however often it fails, the newest, and disturbs nothing that waits", async () => {
    const [failing, other] = [randomUUID(), randomUUID()];
    let runs = 0;
    let isRefusing = true;
    opened(
      queues.workPushes(
        channelId,
        async () => {
          runs += 1;
          return isRefusing ? { status: "dead", reason: `failure ${runs}` } : { status: "later", delayMs: 60_000 };
        },
        { concurrency: 1 },
      ),
    );
    for (const [index, listingId] of [other, failing, failing, failing].entries()) {
      await queues.enqueuePushes([push(listingId, 3)]);
      await until("it failed for good", () => runs === index + 1);
      await until("it is a dead letter", async () => {
        const failed = await queues.queue(pushQueueName(channelId)).getFailed();
        return failed.some((job) => job.failedReason === `failure ${index + 1}`);
      });
    }
    isRefusing = false;
    await queues.enqueuePushes([push(failing, 3)]);
    await until("the older ones are gone", async () => (await pushCounts("failed")) === 2);
    const left = await queues.queue(pushQueueName(channelId)).getFailed();
    expect(left.map((job) => job.failedReason)).toEqual(["failure 4", "failure 1"]);
    await until("its last job waits", async () => (await pushCounts("delayed")) === 1);
    await queues.enqueueBehind([push(failing, 3)]);
    expect(await pushCounts("delayed")).toBe(1);
    expect(await queues.queue(pushQueueName(channelId)).getJobCountByTypes("waiting", "prioritized")).toBe(0);
  });

  it("makes a job that must wait alone come back without spending an attempt", async () => {
    const jobs: JobInfo[] = [];
    opened(
      queues.workInbound(
        async (_, job) => {
          jobs.push(job);
          return jobs.length === 1 ? { status: "later", delayMs: 50 } : done;
        },
        { concurrency: 1 },
      ),
    );
    await queues.enqueueInbound([7]);
    await until("it ran twice", () => jobs.length === 2);
    expect(jobs[1]?.attemptsMade).toBe(0);
  });

  it("refuses a payload of a shape it does not know as a dead letter", async () => {
    const queue = queues.queue(pushQueueName(channelId));
    await queue.add("push", { version: 9, quantity: 4 });
    opened(queues.workPushes(channelId, async () => done, { concurrency: 1 }));
    await until("it failed for good", async () => (await pushCounts("failed")) === 1);
    expect((await queue.getFailed())[0]?.failedReason).toMatch(/unknown shape/);
  });

  it("will not queue a job whose ids are malformed", async () => {
    await expect(queues.enqueuePushes([push("not-a-uuid", 1)])).rejects.toThrow(/uuid/i);
  });

  it("polls every scheduled channel, forgets one that left, and polls at once when asked", async () => {
    const [kept, left, asked] = [randomUUID(), randomUUID(), randomUUID()];
    const polled: string[] = [];
    await queues.schedulePolls([
      { channelId: kept, everyMs: 60_000 },
      { channelId: left, everyMs: 60_000 },
    ]);
    await queues.schedulePolls([{ channelId: kept, everyMs: 90_000 }]);
    const schedulers = await queues.queue(POLL_QUEUE).getJobSchedulers();
    expect(schedulers.map((one) => one.key)).toEqual([kept]);
    opened(
      queues.workPolls(
        async (job) => {
          polled.push(job.channelId);
          return done;
        },
        { concurrency: 2 },
      ),
    );
    await queues.pollNow(asked);
    await until("both were polled", () => polled.includes(kept) && polled.includes(asked));
  });

  it("serves more workers than its connections' first number without hanging", async () => {
    const channels = Array.from({ length: 12 }, () => randomUUID());
    const ran = new Set<string>();
    for (const id of channels) {
      const work = async (): Promise<JobResult> => {
        ran.add(id);
        return done;
      };
      opened(queues.workPushes(id, work, { concurrency: 4 }));
    }
    await queues.enqueuePushes(
      channels.map((id) => ({ listingId: randomUUID(), channelId: id, priority: 3, bucket: "" })),
    );
    await until("every channel's job ran", () => ran.size === channels.length);
    expect([...ran].sort()).toEqual([...channels].sort());
  });
});
