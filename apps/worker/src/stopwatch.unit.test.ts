import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startStopwatch } from "./stopwatch.ts";

describe("a stopwatch", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("counts while the machine is paused, whose steady clock stands still then", () => {
    const passedMs = startStopwatch();
    vi.setSystemTime(Date.now() + 40_000);
    expect(passedMs()).toBe(40_000);
  });

  it("counts on when the wall clock is set back", () => {
    const passedMs = startStopwatch();
    vi.advanceTimersByTime(40_000);
    vi.setSystemTime(Date.now() - 60_000);
    expect(passedMs()).toBe(40_000);
  });
});
