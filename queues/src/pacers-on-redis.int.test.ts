import { randomUUID } from "node:crypto";
import { until } from "@lastunit/test-support";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Pacer } from "./index.ts";
import { OUT_OF_CALLS, spendTimes, usePacing } from "./testing/pacing.ts";

const its = usePacing("redis");

it("a pacer goes on when Redis was wiped, also for a call that waited for its turn", async () => {
  const pacer = await its.pacer({ calls: { perSecond: 1, burst: 1 } });
  await spendTimes(pacer, 1);
  const waiting = spendTimes(pacer, 1);
  await its.redis.flush();
  expect(await waiting).toEqual(["sent"]);
  expect(await spendTimes(pacer, 1)).toEqual(["sent"]);
});

it("Redis remembers what was spent until the bucket is full again, and for ten minutes at least (the burst went twice)", async () => {
  const started = await its.process();
  const channelId = randomUUID();
  const limits = { slow: { perSecond: 0.05, burst: 500 }, quick: { perSecond: 100, burst: 100 } };
  const pacer = started.open(channelId, limits);
  for (const bucket of Object.keys(limits)) await pacer.spend(bucket, async () => "sent");
  await pacer.close();
  const client = new Redis(its.redis.url);
  const rememberedMs = (bucket: string) => client.pttl(`b_lastunit:pace:${channelId}:${bucket}_settings`);
  expect(await rememberedMs("slow")).toBeGreaterThan(9_900_000);
  expect(await rememberedMs("quick")).toBeGreaterThan(500_000);
  await client.quit();
});

it("nothing that fails is left unheard when a pacer is closed before its connection is ready", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", listen);
  const started = await its.process();
  started.open(randomUUID(), { calls: { perSecond: 1, burst: 1 } });
  await started.close();
  // Node tells of what was not heard once nothing else is to be done for a promise.
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", listen);
  expect(unheard).toEqual([]);
});

describe("of several processes that share a Redis", () => {
  it("all keep one pace", async () => {
    const channelId = randomUUID();
    const spaced = { calls: { perSecond: 10, burst: 1 } };
    const pacers = (await Promise.all([its.process(), its.process()])).map((one) => one.open(channelId, spaced));
    const before = performance.now();
    await Promise.all(pacers.map((pacer) => spendTimes(pacer, 4)));
    // Each by itself would have needed 300.
    expect(performance.now() - before).toBeGreaterThanOrEqual(650);
  });

  const isRefused = (pacer: Pacer, cost: number) =>
    pacer
      .spend("calls", async () => "sent", { cost })
      .then(
        () => false,
        (error: Error) => error.message === OUT_OF_CALLS,
      );

  it("none makes a call while the channel takes none, by the word of one's call: no paid one, and none that comes later", async () => {
    const channelId = randomUUID();
    const open = async () => (await its.process()).open(channelId, { calls: { perSecond: 100, burst: 100 } });
    const [told, other] = [await open(), await open()];
    for (const pacer of [told, other]) expect(await isRefused(pacer, 1)).toBe(false);
    told.observe("calls", { remaining: 0, refillsAt: Date.now() + 60_000 });
    told.observe("calls", { remaining: 0, refillsAt: Date.now() + 20_000 });
    await until("the other was told", () => isRefused(other, 0));
    expect(await isRefused(other, 1)).toBe(true);
    const later = (await open()).spend("calls", async () => "sent");
    const { cause } = z.object({ cause: z.number() }).parse(await later.catch((error: unknown) => error));
    expect(Math.abs(cause - 60_000)).toBeLessThan(5_000);
  });
});
