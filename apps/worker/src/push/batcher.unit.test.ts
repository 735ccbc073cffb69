import type { JobResult } from "@lastunit/queues";
import { describe, expect, it } from "vitest";
import { createBatcher, type PushItem } from "./batcher.ts";

const done: JobResult = { status: "done" };
const held: JobResult = { status: "held" };

/** A channel whose calls the test answers. */
function channel(options: { readonly batchSize: number; readonly maxCalls?: number }) {
  const calls: { readonly items: readonly PushItem[]; readonly end: () => void }[] = [];
  const arrived: (() => void)[] = [];
  const batcher = createBatcher({
    batchSize: options.batchSize,
    maxCalls: () => options.maxCalls ?? 1,
    async send(items) {
      const { promise, resolve } = Promise.withResolvers<void>();
      calls.push({ items, end: resolve });
      for (const wake of arrived.splice(0)) wake();
      await promise;
      for (const item of items) item.answer(done);
    },
  });
  const call = async (index: number) => {
    while (calls.length <= index) await new Promise<void>((resolve) => arrived.push(resolve));
    const found = calls[index];
    if (!found) throw new Error("no such call");
    return { listings: found.items.map((item) => item.listingId), items: found.items, end: found.end };
  };
  return { batcher, call, callCount: () => calls.length };
}

const job = (listingId: string, priority = 3) => ({ listingId, priority });

describe("the batcher", () => {
  it("puts jobs that come together into one call", async () => {
    const { batcher, call } = channel({ batchSize: 10 });
    const results = Promise.all([batcher.add(job("a")), batcher.add(job("b"))]);
    const first = await call(0);
    expect(first.listings).toEqual(["a", "b"]);
    first.end();
    expect(await results).toEqual([done, done]);
  });

  it("gathers while a call is under way, and takes sold-out listings first, then decreases", async () => {
    const { batcher, call, callCount } = channel({ batchSize: 3, maxCalls: 1 });
    void batcher.add(job("first"));
    const first = await call(0);
    for (const [listing, priority] of [
      ["up", 3],
      ["down", 2],
      ["out", 1],
      ["down-2", 2],
    ] as const) {
      void batcher.add(job(listing, priority));
    }
    expect(callCount()).toBe(1);
    first.end();
    expect((await call(1)).listings).toEqual(["out", "down", "down-2"]);
  });

  it("sends full batches side by side, but a part of one only when no call is under way", async () => {
    const { batcher, call, callCount } = channel({ batchSize: 2, maxCalls: 2 });
    for (const listing of ["a", "b", "c"]) void batcher.add(job(listing));
    const first = await call(0);
    expect(callCount()).toBe(1);
    void batcher.add(job("d"));
    expect((await call(1)).listings).toEqual(["c", "d"]);
    for (const listing of ["e", "f"]) void batcher.add(job(listing));
    expect(callCount()).toBe(2);
    first.end();
    expect((await call(2)).listings).toEqual(["e", "f"]);
  });

  it("never puts one listing into a call twice", async () => {
    const { batcher, call } = channel({ batchSize: 10 });
    for (const listing of ["a", "a", "b"]) void batcher.add(job(listing));
    const first = await call(0);
    expect(first.listings).toEqual(["a", "b"]);
    first.end();
    expect((await call(1)).listings).toEqual(["a"]);
  });

  it("sends an item that was put back alone in a call of its own, before others of its priority", async () => {
    const { batcher, call } = channel({ batchSize: 10 });
    void batcher.add(job("a"));
    const first = await call(0);
    void batcher.add(job("b"));
    const [item] = first.items;
    if (item) batcher.again(item, { alone: true });
    first.end();
    const second = await call(1);
    expect(second.items.map(({ listingId, round }) => [listingId, round])).toEqual([["a", 1]]);
    second.end();
    expect((await call(2)).listings).toEqual(["b"]);
  });

  it("answers what waits at once when the channel must not be called", async () => {
    const { batcher, call } = channel({ batchSize: 1 });
    void batcher.add(job("a"));
    await call(0);
    const waiting = batcher.add(job("b"));
    batcher.answerWaiting(held);
    expect(await waiting).toEqual(held);
  });

  it("closes when its calls have ended, and answers everything else with the last word", async () => {
    const { batcher, call } = channel({ batchSize: 1 });
    const sent = batcher.add(job("a"));
    const first = await call(0);
    const waiting = batcher.add(job("b"));
    let isClosed = false;
    const closing = batcher.close(held).then(() => (isClosed = true));
    expect(await waiting).toEqual(held);
    expect(await batcher.add(job("c"))).toEqual(held);
    expect(isClosed).toBe(false);
    first.end();
    await closing;
    expect(await sent).toEqual(done);
  });
});
