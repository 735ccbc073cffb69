import type { JobResult } from "@lastunit/queues";
import { describe, expect, it } from "vitest";
import { createBatcher, type PushItem } from "./batcher.ts";

const done: JobResult = { status: "done" };
const held: JobResult = { status: "held" };

/** A channel whose calls the test answers, and lets begin when `turn` says so; the first that wait go into one. */
function channel(options: {
  readonly batchSize: number;
  readonly maxCalls?: number;
  readonly turn?: () => Promise<void>;
}) {
  const calls: { readonly items: readonly PushItem[]; readonly end: () => void }[] = [];
  const arrived: (() => void)[] = [];
  const batcher = createBatcher({
    batchSize: () => options.batchSize,
    maxCalls: () => options.maxCalls ?? 1,
    turn: options.turn ?? (() => Promise.resolve()),
    async choose(items) {
      const chosen = items.slice(0, options.batchSize);
      const { promise, resolve } = Promise.withResolvers<void>();
      if (chosen.length > 0) calls.push({ items: chosen, end: resolve });
      for (const wake of arrived.splice(0)) wake();
      return Promise.resolve({
        left: items.slice(options.batchSize),
        async send() {
          if (chosen.length > 0) await promise;
          for (const item of chosen) item.answer(done);
        },
      });
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

/** Lets whatever is ready run. */
const idle = () => new Promise<void>((resolve) => setImmediate(resolve));

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

  it("sends what is sold out beside a call that is under way, alone if it must", async () => {
    const { batcher, call, callCount } = channel({ batchSize: 10, maxCalls: 2 });
    void batcher.add(job("first"));
    await call(0);
    void batcher.add(job("down", 2));
    await idle();
    expect(callCount()).toBe(1);
    void batcher.add(job("out", 1));
    expect((await call(1)).listings).toEqual(["out", "down"]);
  });

  it("chooses when the turn has come, so that what came while it was waited for goes out with it", async () => {
    const turns: (() => void)[] = [];
    const turn = () => new Promise<void>((resolve) => turns.push(resolve));
    const { batcher, call, callCount } = channel({ batchSize: 2, maxCalls: 4, turn });
    for (const listing of ["a", "b", "c", "d"]) void batcher.add(job(listing));
    await idle();
    expect(turns).toHaveLength(1);
    void batcher.add(job("out", 1));
    turns[0]?.();
    expect((await call(0)).listings).toEqual(["out", "a"]);
    await idle();
    expect(callCount()).toBe(1);
    turns[1]?.();
    expect((await call(1)).listings).toEqual(["b", "c"]);
  });

  it("makes no call when all that waited was answered before its turn", async () => {
    const turns: (() => void)[] = [];
    const turn = () => new Promise<void>((resolve) => turns.push(resolve));
    const { batcher, callCount } = channel({ batchSize: 1, turn });
    const waiting = batcher.add(job("a"));
    await idle();
    for (const item of batcher.takeBeyond(0)) item.answer(held);
    expect(await waiting).toEqual(held);
    turns[0]?.();
    await batcher.close(held);
    expect(callCount()).toBe(0);
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
    for (const item of batcher.takeBeyond(0)) item.answer(held);
    expect(await waiting).toEqual(held);
  });

  it("gives back the least urgent of what waits, beyond so many", async () => {
    const { batcher, call } = channel({ batchSize: 1 });
    void batcher.add(job("a"));
    const first = await call(0);
    for (const [listingId, priority] of [
      ["b", 3],
      ["c", 2],
      ["d", 1],
      ["e", 3],
    ] as const) {
      void batcher.add(job(listingId, priority));
    }
    expect(batcher.takeBeyond(2).map(({ listingId }) => listingId)).toEqual(["b", "e"]);
    first.end();
    const second = await call(1);
    expect(second.listings).toEqual(["d"]);
    second.end();
    expect((await call(2)).listings).toEqual(["c"]);
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
