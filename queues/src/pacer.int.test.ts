import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestPostgres, startTestRedis, until, type TestPostgres, type TestRedis } from "@lastunit/test-support";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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

async function spendTimes(pacer: Pacer, calls: number): Promise<unknown[]> {
  return Promise.all(Array.from({ length: calls }, () => pacer.spend("calls", async () => "sent")));
}

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
    const pacer = (await openQueues()).pacer(channelId, limits);
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
    expect(tookMs).toBeLessThan(6_000);
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

  it("lets a prompt call go before background ones, but for one that has its slot, and is clear of them", async () => {
    const pacer = await openPacer({ calls: { perSecond: 4, burst: 1 } });
    await pacer.spend("calls", async () => "sent");
    const order: string[] = [];
    const spend = (name: string, urgency: "prompt" | "background") =>
      pacer.spend("calls", async () => order.push(name), { urgency });
    const background = ["import 1", "import 2", "import 3"].map((name) => spend(name, "background"));
    await pacer.whenClear();
    const push = spend("push", "prompt");
    await Promise.all([...background, push]);
    expect(order.filter((name) => name !== "push")).toEqual(["import 1", "import 2", "import 3"]);
    expect(order.indexOf("push")).toBeLessThanOrEqual(1);
  });

  it("makes no call before the channel's calls come back, when it says so with none left", async () => {
    const pacer = await openPacer({ calls: { perSecond: 100, burst: 100 } });
    const refillsAt = Date.now() + 700;
    pacer.observe("calls", { remaining: 0, refillsAt });
    await pacer.spend("calls", async () => "sent");
    expect(Date.now()).toBeGreaterThanOrEqual(refillsAt);
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

  it("says when no call of this process waits for its turn", async () => {
    const pacer = await openPacer({ calls: { perSecond: 5, burst: 1 } });
    await pacer.whenClear();
    let sent = 0;
    const work = async () => {
      sent += 1;
    };
    const all = [1, 2, 3].map(() => pacer.spend("calls", work));
    await pacer.whenClear();
    expect(sent).toBe(3);
    await Promise.all(all);
  });

  it("does not pace a bucket it has no limit for", async () => {
    const pacer = await openPacer({});
    expect(await spendTimes(pacer, 20)).toHaveLength(20);
  });
});

it("goes on when Redis was wiped, also for a call that waited for its turn", async () => {
  const queues = await createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log });
  const pacer = queues.pacer(randomUUID(), { calls: { perSecond: 1, burst: 1 } });
  await spendTimes(pacer, 1);
  const waiting = spendTimes(pacer, 1);
  await redis.flush();
  expect(await waiting).toEqual(["sent"]);
  expect(await spendTimes(pacer, 1)).toEqual(["sent"]);
  await pacer.close();
  await queues.close();
});

it("keeps one pace over two processes that share a Redis", async () => {
  const channelId = randomUUID();
  const spaced = { calls: { perSecond: 10, burst: 1 } };
  const both = await Promise.all(
    [1, 2].map(() => createQueues({ redisUrl: redis.url, databaseUrl: "postgres://unused", log })),
  );
  const pacers = both.map((queues) => queues.pacer(channelId, spaced));
  const work = pacers.flatMap((pacer) => [1, 2, 3, 4].map(() => pacer.spend("calls", async () => performance.now())));
  const at = (await Promise.all(work)).sort((a, b) => a - b);
  expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(650);
  for (const pacer of pacers) await pacer.close();
  for (const queues of both) await queues.close();
});
