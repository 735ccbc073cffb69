import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { remember } from "./remember.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("what is remembered", () => {
  it("is asked for once while it is trusted, and again after that", async () => {
    const find = vi.fn<(key: string) => Promise<string>>(async (key) => `of ${key}`);
    const look = remember(find, 1_000);
    expect([await look("a"), await look("a"), await look("b")]).toEqual(["of a", "of a", "of b"]);
    vi.advanceTimersByTime(999);
    await look("a");
    expect(find).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1);
    await look("a");
    expect(find).toHaveBeenCalledTimes(3);
  });

  it("is not that there is nothing: what is new is found at once", async () => {
    const known = new Map<string, string>();
    const look = remember(async (key) => known.get(key), 1_000);
    expect(await look("a")).toBeUndefined();
    known.set("a", "new");
    expect(await look("a")).toBe("new");
  });

  it("is no longer there once it was asked for again in vain", async () => {
    const known = new Map([["a", "old"]]);
    const look = remember(async (key) => known.get(key), 1_000);
    await look("a");
    known.delete("a");
    vi.advanceTimersByTime(1_000);
    expect(await look("a")).toBeUndefined();
  });

  it("is forgotten when told to", async () => {
    const find = vi.fn<() => Promise<string>>(async () => "found");
    const look = remember(find, 1_000);
    await look("a");
    look.forget("a");
    await look("a");
    expect(find).toHaveBeenCalledTimes(2);
  });

  it("is bounded: what strangers make up does not fill the memory", async () => {
    const find = vi.fn<(key: string) => Promise<string>>(async (key) => key);
    const look = remember(find, 1_000);
    for (let made = 0; made <= 10_000; made += 1) await look(String(made));
    find.mockClear();
    await look("0");
    expect(find).toHaveBeenCalledOnce();
  });
});
