import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isWithout, OUT_OF_CALLS, spendTimes, usePacing } from "./testing/pacing.ts";

describe.each(["redis", "postgres"] as const)("the pacer with queues on %s", (kind) => {
  const its = usePacing(kind);

  it("lets a burst go at once and spends no more than the bucket holds", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.1, burst: 4 } });
    await spendTimes(pacer, 4);
    const fifth = pacer.spend("calls", async () => "sent", { signal: AbortSignal.timeout(300) });
    await expect(fifth).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("goes on at the bucket's rate once the burst is spent", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 5, burst: 5 } });
    const before = Date.now();
    await spendTimes(pacer, 14);
    const tookMs = Date.now() - before;
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
    // Two seconds and a bit; were the bucket looked at every five seconds only, it would be 15.
    expect(tookMs).toBeLessThan(12_000);
  });

  it("counts a call by its cost, and one above the burst as the whole bucket", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.1, burst: 10 } });
    await pacer.spend("calls", async () => "sent", { cost: 500 });
    const next = pacer.spend("calls", async () => "sent", { cost: 1, signal: AbortSignal.timeout(200) });
    await expect(next).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("passes on what the call returns and throws", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 10, burst: 10 } });
    await expect(pacer.spend("calls", async () => 7)).resolves.toBe(7);
    await expect(pacer.spend("calls", () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  });

  it("lets a prompt call go before background ones, but for one that has its slot", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 4, burst: 1 } });
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
    const pacer = await its.pacer({ calls: { perSecond: 20, burst: 20 } });
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
    const pacer = await its.pacer({ calls: { perSecond: 10, burst: 1 } });
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
    const pacer = await its.pacer({ calls: { perSecond: 0.001, burst: 2 } });
    await pacer.spend("calls", async () => "sent", { cost: 2 });
    const first = pacer.spend("calls", async () => "first", { signal: AbortSignal.timeout(50) });
    const second = pacer.spend("calls", async () => "second");
    await expect(first).rejects.toMatchObject({ name: "TimeoutError" });
    // The room that the first one asked for; the second one's own would come after a quarter of an hour.
    pacer.observe("calls", { refunded: 1 });
    expect(await second).toBe("second");
  });

  it("goes on at even distances, not in lumps, once the burst is spent", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 20, burst: 20 } });
    await pacer.spend("calls", async () => "sent", { cost: 20 });
    const at = await Promise.all(Array.from({ length: 40 }, () => pacer.spend("calls", async () => Date.now())));
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // Two go at a time at most. In lumps of what the bucket holds all would have gone after three gaps.
    expect(gaps.filter((ms) => ms > 20).length).toBeGreaterThan(8);
  });

  it("has the room again that the channel gives back of a call's cost", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 1, burst: 100 } });
    await pacer.spend("calls", async () => "sent", { cost: 90 });
    pacer.observe("calls", { refunded: 80, remaining: 85 });
    const before = Date.now();
    await pacer.spend("calls", async () => "sent", { cost: 70 });
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it("makes no call before the channel's calls come back, when it says so with none left", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 100, burst: 100 } });
    const refillsAt = Date.now() + 700;
    pacer.observe("calls", { remaining: 0, refillsAt });
    const { signal } = new AbortController();
    const push = pacer.turn("calls", { cost: 1, signal }).then(() => Date.now());
    await pacer.spend("calls", async () => "sent");
    expect(Date.now()).toBeGreaterThanOrEqual(refillsAt);
    expect(await push).toBeGreaterThanOrEqual(refillsAt);
  });

  it("makes no call while the channel takes none: who can't wait that long is told at once how long it is", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.01, burst: 2 } });
    await spendTimes(pacer, 1);
    pacer.observe("calls", { refillsAt: Date.now() + 60_000, remaining: 0 });
    let calls = 0;
    const refused = async (cost: number) => {
      const error = await pacer.spend("calls", async () => (calls += 1), { cost }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: OUT_OF_CALLS });
      const { cause } = z.object({ cause: z.number() }).parse(error);
      expect(Math.abs(cause - 60_000)).toBeLessThan(5_000);
    };
    for (const cost of [1, 0, 2, 2]) await refused(cost);
    expect(calls).toBe(0);
  });

  it("makes no call for who waits, when the channel says meanwhile that it takes none for longer", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 100, burst: 100 } });
    await spendTimes(pacer, 1);
    const refillsAt = Date.now() + 500;
    pacer.observe("calls", { remaining: 0, refillsAt });
    let calls = 0;
    const waiting = pacer.spend("calls", async () => (calls += 1));
    pacer.observe("calls", { remaining: 0, refillsAt: refillsAt + 20_000 });
    await expect(waiting).rejects.toThrow(OUT_OF_CALLS);
    expect(calls).toBe(0);
  });

  it("has what was spent ahead wait only for the channel to take calls", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.01, burst: 2 } });
    await pacer.spend("calls", async () => "sent", { cost: 2 });
    expect(await pacer.spend("calls", async () => "sent", { cost: 0 })).toBe("sent");
    const refillsAt = Date.now() + 500;
    pacer.observe("calls", { remaining: 0, refillsAt });
    expect(await pacer.spend("calls", async () => Date.now(), { cost: 0 })).toBeGreaterThanOrEqual(refillsAt);
  });

  it("makes no call for one that was aborted while it waited", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 4, burst: 1 } });
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
    const pacer = await its.pacer({ calls: { perSecond: 0.1, burst: 100 } });
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
    const pacer = await its.pacer({ calls: { perSecond: 10, burst: 10 } });
    for (const remaining of [3, 0, 0]) pacer.observe("calls", { remaining });
    await pacer.spend("calls", async () => "sent");
    pacer.observe("calls", { remaining: 0, perSecond: 20, burst: 20 });
    expect(await spendTimes(pacer, 25)).toHaveLength(25);
  });

  it("takes over a higher limit that the channel states", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.5, burst: 1 } });
    pacer.observe("calls", { perSecond: 1_000, burst: 5_000 });
    const before = Date.now();
    await spendTimes(pacer, 30);
    // At the first limit this would take a minute.
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it("keeps what was spent when the channel states another limit (all of it could be spent again)", async () => {
    const pacer = await its.pacer({ calls: { perSecond: 0.01, burst: 5 } });
    await spendTimes(pacer, 4);
    pacer.observe("calls", { burst: 6 });
    expect(await isWithout(3, pacer)).toBe(true);
  });

  it("does not pace a bucket it has no limit for", async () => {
    const pacer = await its.pacer({});
    expect(await spendTimes(pacer, 20)).toHaveLength(20);
  });
});
