import { describe, expect, it } from "vitest";
import { ChannelError, type ChannelFailure } from "./errors.ts";
import type { UpdateOutcome } from "./inventory.ts";
import { outcomesOfEach } from "./outcomes-of-each.ts";

const accepted: UpdateOutcome = { status: "accepted" };
const failed = (failure: ChannelFailure, retryAfterMs?: number) =>
  new ChannelError(failure, "in the channel's words", { code: "CODE", retryAfterMs });

describe("the outcomes of updates that were sent one by one", () => {
  it("keep what was accepted when others were throttled or lost", () => {
    expect(outcomesOfEach([accepted, failed("rate_limited", 700), failed("unavailable")])).toEqual([
      accepted,
      { status: "throttled", retryAfterMs: 700 },
      { status: "retry", code: "CODE", message: "in the channel's words" },
    ]);
  });

  it("say of a lost one that it is unknown, also when all others were throttled", () => {
    expect(outcomesOfEach([failed("rate_limited"), failed("unavailable")])).toMatchObject([
      { status: "throttled" },
      { status: "retry" },
    ]);
  });

  it("are an error of the whole call when all were throttled, with the longest wait", () => {
    const longest = failed("rate_limited", 900);
    expect(() => outcomesOfEach([failed("rate_limited", 200), longest, failed("rate_limited")])).toThrow(longest);
  });

  it.each(["unauthorized", "unavailable"] as const)("are an error of the whole call when all were %s", (failure) => {
    const first = failed(failure);
    expect(() => outcomesOfEach([first, failed(failure)])).toThrow(first);
  });

  it("are none for a push of nothing", () => {
    expect(outcomesOfEach([])).toEqual([]);
  });
});
