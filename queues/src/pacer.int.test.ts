import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestPostgres, startTestRedis, until, type TestPostgres, type TestRedis } from "@lastunit/test-support";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createQueues, type Pacer, type PaceLimit, type Queues } from "./index.ts";

const log = createLogger({ name: "test", level: "silent" });
let postgres: TestPostgres;
let redis: TestRedis;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop()]);
});

const outOfCalls = (retryAfterMs: number) => new Error("out of calls", { cause: retryAfterMs });

async function spendTimes(pacer: Pacer, calls: number): Promise<unknown[]> {
  return Promise.all(Array.from({ length: calls }, () => pacer.spend("calls", async () => "sent")));
}

/** Whether there is no room for calls of that cost. */
const isWithout = (cost: number, pacer: Pacer) =>
  pacer
    .spend("calls", async () => "sent", { cost, signal: AbortSignal.timeout(300) })
    .then(
      () => false,
      () => true,
    );

describe.each(["redis", "postgres"] as const)("the pacer with queues on %s", (kind) => {
  let databaseUrl: string;
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  const openQueues = async (): Promise<Queues> => {
    const queues = await createQueues({ redisUrl: kind === "redis" ? redis.url : undefined, databaseUrl, log });
    opened.push(queues);
    return queues;
  };
  const openPacer = async (limits: { [bucket: string]: PaceLimit }, channelId = randomUUID()): Promise<Pacer> => {
    const pacer = (await openQueues()).pacer(channelId, limits, outOfCalls);
    opened.unshift(pacer);
    return pacer;
  };

  it("lets a burst go at once and spends no more than the bucket holds", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.1, burst: 4 } });
    await spendTimes(pacer, 4);
    const fifth = pacer.spend("calls", async () => "sent", { signal: AbortSignal.timeout(300) });
    await expect(fifth).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("goes on at the bucket's rate once the burst is spent", async () => {
    const pacer = await openPacer({ calls: { perSecond: 5, burst: 5 } });
    const before = Date.now();
    await spendTimes(pacer, 14);
    const tookMs = Date.now() - before;
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
    // Two seconds and a bit; were the bucket looked at every five seconds only, it would be 15.
    expect(tookMs).toBeLessThan(12_000);
  });

  it("counts a call by its cost, and one above the burst as the whole bucket", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.1, burst: 10 } });
    await pacer.spend("calls", async () => "sent", { cost: 500 });
    const next = pacer.spend("calls", async () => "sent", { cost: 1, signal: AbortSignal.timeout(200) });
    await expect(next).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("passes on what the call returns and throws", async () => {
    const pacer = await openPacer({ calls: { perSecond: 10, burst: 10 } });
    await expect(pacer.spend("calls", async () => 7)).resolves.toBe(7);
    await expect(pacer.spend("calls", () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  });

  it("lets a prompt call go before background ones, but for one that has its slot", async () => {
    const pacer = await openPacer({ calls: { perSecond: 4, burst: 1 } });
    await pacer.spend("calls", async () => "sent");
    const order: string[] = [];
    const spend = (name: string, urgency: "prompt" | "background") =>
      pacer.spend("calls", async () => order.push(name), { urgency });
    const background = ["import 1", "import 2", "import 3"].map((name) => spend(name, "background"));
    const push = spend("push", "prompt");
    await Promise.all([...background, push]);
    expect(order.filter((name) => name !== "push")).toEqual(["import 1", "import 2", "import 3"]);
    expect(order.indexOf("push")).toBeLessThanOrEqual(1);
  });

  it("lets reads in the background, however many and costly, keep no push from its turn", async () => {
    const pacer = await openPacer({ calls: { perSecond: 20, burst: 20 } });
    await pacer.spend("calls", async () => "sent", { cost: 20 });
    let reads = 0;
    const ending = new AbortController();
    const background = { urgency: "background", cost: 15, signal: ending.signal } as const;
    const read = (): Promise<void> => pacer.spend("calls", async () => void (reads += 1), background).then(read);
    const reading = Array.from({ length: 50 }, () => read().catch(() => undefined));
    const before = Date.now();
    for (let pushes = 0; pushes < 15; pushes += 1) await pacer.turn("calls", { cost: 2, signal: ending.signal });
    // 30 of 20 a second. A read for each push would take another eleven seconds; one alone may find the bucket full, where
    // a busy machine was late to ask for the next push.
    expect(Date.now() - before).toBeLessThan(8_000);
    expect(reads).toBeLessThan(5);
    ending.abort();
    await Promise.all(reading);
  });

  it("lets a push's turn come after one prompt call at most, and prompt calls between pushes", async () => {
    const pacer = await openPacer({ calls: { perSecond: 10, burst: 1 } });
    await pacer.spend("calls", async () => "sent");
    const order: string[] = [];
    const asked = Array.from({ length: 12 }, () => pacer.spend("calls", async () => order.push("asked")));
    const { signal } = new AbortController();
    for (let push = 0; push < 3; push += 1) {
      await pacer.turn("calls", { cost: 1, signal });
      order.push("push");
    }
    await Promise.all(asked);
    expect(order.slice(0, 2)).toContain("push");
    expect(order.slice(0, 5)).toContain("asked");
    expect(order.lastIndexOf("push")).toBeLessThan(order.lastIndexOf("asked"));
  });

  it("gives room that was taken for an aborted call to the next one", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.001, burst: 2 } });
    await pacer.spend("calls", async () => "sent", { cost: 2 });
    const first = pacer.spend("calls", async () => "first", { signal: AbortSignal.timeout(50) });
    const second = pacer.spend("calls", async () => "second");
    await expect(first).rejects.toMatchObject({ name: "TimeoutError" });
    // The room that the first one asked for; the second one's own would come after a quarter of an hour.
    pacer.observe("calls", { refunded: 1 });
    expect(await second).toBe("second");
  });

  it("goes on at even distances, not in lumps, once the burst is spent", async () => {
    const pacer = await openPacer({ calls: { perSecond: 20, burst: 20 } });
    await pacer.spend("calls", async () => "sent", { cost: 20 });
    const at = await Promise.all(Array.from({ length: 40 }, () => pacer.spend("calls", async () => Date.now())));
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // Two go at a time at most. In lumps of what the bucket holds all would have gone after three gaps.
    expect(gaps.filter((ms) => ms > 20).length).toBeGreaterThan(8);
  });

  it("has the room again that the channel gives back of a call's cost", async () => {
    const pacer = await openPacer({ calls: { perSecond: 1, burst: 100 } });
    await pacer.spend("calls", async () => "sent", { cost: 90 });
    pacer.observe("calls", { refunded: 80, remaining: 85 });
    const before = Date.now();
    await pacer.spend("calls", async () => "sent", { cost: 70 });
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it("makes no call before the channel's calls come back, when it says so with none left", async () => {
    const pacer = await openPacer({ calls: { perSecond: 100, burst: 100 } });
    const refillsAt = Date.now() + 700;
    pacer.observe("calls", { remaining: 0, refillsAt });
    const { signal } = new AbortController();
    const push = pacer.turn("calls", { cost: 1, signal }).then(() => Date.now());
    await pacer.spend("calls", async () => "sent");
    expect(Date.now()).toBeGreaterThanOrEqual(refillsAt);
    expect(await push).toBeGreaterThanOrEqual(refillsAt);
  });

  it("makes no call while the channel takes none: who can't wait that long is told at once how long it is", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.01, burst: 2 } });
    await spendTimes(pacer, 1);
    pacer.observe("calls", { refillsAt: Date.now() + 60_000, remaining: 0 });
    let calls = 0;
    const refused = async (cost: number) => {
      const error = await pacer.spend("calls", async () => (calls += 1), { cost }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: "out of calls" });
      const { cause } = z.object({ cause: z.number() }).parse(error);
      expect(Math.abs(cause - 60_000)).toBeLessThan(5_000);
    };
    for (const cost of [1, 0, 2, 2]) await refused(cost);
    expect(calls).toBe(0);
  });

  it("makes no call for who waits, when the channel says meanwhile that it takes none for longer", async () => {
    const pacer = await openPacer({ calls: { perSecond: 100, burst: 100 } });
    await spendTimes(pacer, 1);
    const refillsAt = Date.now() + 500;
    pacer.observe("calls", { remaining: 0, refillsAt });
    let calls = 0;
    const waiting = pacer.spend("calls", async () => (calls += 1));
    pacer.observe("calls", { remaining: 0, refillsAt: refillsAt + 20_000 });
    await expect(waiting).rejects.toThrow("out of calls");
    expect(calls).toBe(0);
  });

  it("has what was spent ahead wait only for the channel to take calls", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.01, burst: 2 } });
    await pacer.spend("calls", async () => "sent", { cost: 2 });
    expect(await pacer.spend("calls", async () => "sent", { cost: 0 })).toBe("sent");
    const refillsAt = Date.now() + 500;
    pacer.observe("calls", { remaining: 0, refillsAt });
    expect(await pacer.spend("calls", async () => Date.now(), { cost: 0 })).toBeGreaterThanOrEqual(refillsAt);
  });

  it("makes no call for one that was aborted while it waited", async () => {
    const pacer = await openPacer({ calls: { perSecond: 4, burst: 1 } });
    const abort = new AbortController();
    let calls = 0;
    const work = async () => {
      calls += 1;
    };
    await pacer.spend("calls", work);
    const waiting = pacer.spend("calls", work, { signal: abort.signal });
    abort.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await pacer.spend("calls", work);
    expect(calls).toBe(2);
  });

  it("believes the channel when it says there is less room", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.1, burst: 100 } });
    await pacer.spend("calls", async () => "sent");
    pacer.observe("calls", { remaining: 0 });
    let spent = 0;
    await until("the room is gone", async () => {
      const call = pacer.spend("calls", async () => (spent += 1), { signal: AbortSignal.timeout(150) });
      return call.then(
        () => false,
        () => true,
      );
    });
    expect(spent).toBeLessThan(50);
  });

  it("goes on refilling after the channel said how much room there is, again and again", async () => {
    const pacer = await openPacer({ calls: { perSecond: 10, burst: 10 } });
    for (const remaining of [3, 0, 0]) pacer.observe("calls", { remaining });
    await pacer.spend("calls", async () => "sent");
    pacer.observe("calls", { remaining: 0, perSecond: 20, burst: 20 });
    expect(await spendTimes(pacer, 25)).toHaveLength(25);
  });

  it("takes over a higher limit that the channel states", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.5, burst: 1 } });
    pacer.observe("calls", { perSecond: 1_000, burst: 5_000 });
    const before = Date.now();
    await spendTimes(pacer, 30);
    // At the first limit this would take a minute.
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it("finds the bucket as the last pacer of the channel left it (one that was connected again had its burst again)", async () => {
    const queues = await openQueues();
    const channelId = randomUUID();
    const open = () => queues.pacer(channelId, { calls: { perSecond: 0.01, burst: 5 } }, outOfCalls);
    const first = open();
    await spendTimes(first, 3);
    await first.close();
    const second = open();
    opened.unshift(second);
    expect(await isWithout(3, second)).toBe(true);
  });

  it("keeps what was spent when the channel states another limit (all of it could be spent again)", async () => {
    const pacer = await openPacer({ calls: { perSecond: 0.01, burst: 5 } });
    await spendTimes(pacer, 4);
    pacer.observe("calls", { burst: 6 });
    expect(await isWithout(3, pacer)).toBe(true);
  });

  describe("of several that are open for one channel in one process, as an import's and the worker's are,", () => {
    const openTwo = async (limit: PaceLimit): Promise<[Pacer, Pacer]> => {
      const queues = await openQueues();
      const channelId = randomUUID();
      const open = () => queues.pacer(channelId, { calls: limit }, outOfCalls);
      const both: [Pacer, Pacer] = [open(), open()];
      opened.unshift(...both);
      return both;
    };
    it("all spend from one bucket, also when one of them is closed (an import had its own beside the pushes')", async () => {
      const [worker, ofImport] = await openTwo({ perSecond: 0.01, burst: 5 });
      await spendTimes(worker, 1);
      await spendTimes(ofImport, 2);
      expect(await isWithout(3, worker)).toBe(true);
      await ofImport.close();
      expect(await isWithout(3, worker)).toBe(true);
    });

    it("pushes of one go before the background calls of another, but for one that has its slot", async () => {
      const [worker, ofImport] = await openTwo({ perSecond: 10, burst: 1 });
      await spendTimes(worker, 1);
      const order: string[] = [];
      const background = { urgency: "background" } as const;
      const reads = Array.from({ length: 8 }, () =>
        ofImport.spend("calls", async () => order.push("read"), background),
      );
      const { signal } = new AbortController();
      const pushes = Array.from({ length: 6 }, async () => {
        await worker.turn("calls", { cost: 1, signal });
        order.push("push");
      });
      await Promise.all([...reads, ...pushes]);
      expect(order.lastIndexOf("push")).toBeLessThanOrEqual(6);
    });

    it("none makes a call while the channel takes none, by the word of one's call", async () => {
      const [worker, ofImport] = await openTwo({ perSecond: 100, burst: 100 });
      ofImport.observe("calls", { remaining: 0, refillsAt: Date.now() + 60_000 });
      await expect(worker.spend("calls", async () => "sent", { cost: 0 })).rejects.toThrow("out of calls");
    });

    it("one that is closed refuses its own calls, and leaves the others theirs", async () => {
      const [worker, ofImport] = await openTwo({ perSecond: 2, burst: 1 });
      await spendTimes(worker, 1);
      const waiting = ofImport.spend("calls", async () => "read");
      const push = worker.turn("calls", { cost: 1, signal: new AbortController().signal });
      const refusal = waiting.catch((error: Error) => error.message);
      await ofImport.close();
      expect(await refusal).toBe("the pacer was closed");
      await push;
      await expect(ofImport.spend("calls", async () => "read", { cost: 0 })).rejects.toThrow("the pacer was closed");
    });
  });

  it("does not pace a bucket it has no limit for", async () => {
    const pacer = await openPacer({});
    expect(await spendTimes(pacer, 20)).toHaveLength(20);
  });
});

it("goes on when Redis was wiped, also for a call that waited for its turn", async () => {
  const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
  const pacer = queues.pacer(randomUUID(), { calls: { perSecond: 1, burst: 1 } }, outOfCalls);
  await spendTimes(pacer, 1);
  const waiting = spendTimes(pacer, 1);
  await redis.flush();
  expect(await waiting).toEqual(["sent"]);
  expect(await spendTimes(pacer, 1)).toEqual(["sent"]);
  await pacer.close();
  await queues.close();
});

it("has Redis remember what was spent until the bucket is full again, and for ten minutes at least (the burst went twice)", async () => {
  const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
  const channelId = randomUUID();
  const limits = { slow: { perSecond: 0.05, burst: 500 }, quick: { perSecond: 100, burst: 100 } };
  const pacer = queues.pacer(channelId, limits, outOfCalls);
  for (const bucket of Object.keys(limits)) await pacer.spend(bucket, async () => "sent");
  await pacer.close();
  const client = new Redis(redis.url);
  const rememberedMs = (bucket: string) => client.pttl(`b_lastunit:pace:${channelId}:${bucket}_settings`);
  expect(await rememberedMs("slow")).toBeGreaterThan(9_900_000);
  expect(await rememberedMs("quick")).toBeGreaterThan(500_000);
  await client.quit();
  await queues.close();
});

it("keeps one pace over two processes that share a Redis", async () => {
  const channelId = randomUUID();
  const spaced = { calls: { perSecond: 10, burst: 1 } };
  const both = await Promise.all(
    [1, 2].map(() => createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log })),
  );
  const pacers = both.map((queues) => queues.pacer(channelId, spaced, outOfCalls));
  const before = performance.now();
  await Promise.all(pacers.map((pacer) => spendTimes(pacer, 4)));
  // Each by itself would have needed 300.
  expect(performance.now() - before).toBeGreaterThanOrEqual(650);
  for (const pacer of pacers) await pacer.close();
  for (const queues of both) await queues.close();
});

describe("of several processes that share a Redis", () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const openProcess = async (channelId: string): Promise<Pacer> => {
    const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
    const pacer = queues.pacer(channelId, { calls: { perSecond: 100, burst: 100 } }, outOfCalls);
    opened.push(pacer, queues);
    return pacer;
  };
  const isRefused = (pacer: Pacer, cost: number) =>
    pacer
      .spend("calls", async () => "sent", { cost })
      .then(
        () => false,
        (error: Error) => error.message === "out of calls",
      );

  it("none makes a call while the channel takes none, by the word of one's call: no paid one, and none that comes later", async () => {
    const channelId = randomUUID();
    const [told, other] = [await openProcess(channelId), await openProcess(channelId)];
    for (const pacer of [told, other]) expect(await isRefused(pacer, 1)).toBe(false);
    told.observe("calls", { remaining: 0, refillsAt: Date.now() + 60_000 });
    told.observe("calls", { remaining: 0, refillsAt: Date.now() + 20_000 });
    await until("the other was told", () => isRefused(other, 0));
    expect(await isRefused(other, 1)).toBe(true);
    const later = (await openProcess(channelId)).spend("calls", async () => "sent");
    const { cause } = z.object({ cause: z.number() }).parse(await later.catch((error: unknown) => error));
    expect(Math.abs(cause - 60_000)).toBeLessThan(5_000);
  });
});

it("leaves nothing that fails unheard when it is closed before its connection is ready", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", listen);
  const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
  const pacer = queues.pacer(randomUUID(), { calls: { perSecond: 1, burst: 1 } }, outOfCalls);
  await pacer.close();
  await queues.close();
  // Node tells of what was not heard once nothing else is to be done for a promise.
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", listen);
  expect(unheard).toEqual([]);
});
