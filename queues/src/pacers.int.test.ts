import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Pacer, PaceLimit } from "./index.ts";
import { isWithout, OUT_OF_CALLS, spendTimes, usePacing } from "./testing/pacing.ts";

describe.each(["redis", "postgres"] as const)("pacers of one channel in one process, with queues on %s:", (kind) => {
  const its = usePacing(kind);

  /** As an import's and the worker's are under `npm start`. */
  const openTwo = async (limit: PaceLimit): Promise<[Pacer, Pacer]> => {
    const started = await its.process();
    const channelId = randomUUID();
    const open = () => started.open(channelId, { calls: limit });
    return [open(), open()];
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
    const reads = Array.from({ length: 8 }, () => ofImport.spend("calls", async () => order.push("read"), background));
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
    await expect(worker.spend("calls", async () => "sent", { cost: 0 })).rejects.toThrow(OUT_OF_CALLS);
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

  it("one finds the bucket as the last one left it (one that was connected again had its burst again)", async () => {
    const started = await its.process();
    const channelId = randomUUID();
    const open = () => started.open(channelId, { calls: { perSecond: 0.01, burst: 5 } });
    const first = open();
    await spendTimes(first, 3);
    await first.close();
    expect(await isWithout(3, open())).toBe(true);
  });
});
