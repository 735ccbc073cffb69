import { ChannelError } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { decideFailure, decideOutcome, MAX_ROUNDS } from "./decide.ts";

describe("what a job does from its listing's outcome", () => {
  it("is done when the channel took the value", () => {
    expect(decideOutcome({ status: "accepted" }, 0)).toEqual({ decision: { status: "done" }, pollNow: false });
  });

  it("goes out again at once when the channel's number had moved, and asks for the sales behind it", () => {
    const outcome = { status: "stale", actual: 4 } as const;
    expect(decideOutcome(outcome, 0)).toEqual({ decision: { status: "again" }, pollNow: true });
    expect(decideOutcome(outcome, MAX_ROUNDS - 1).decision).toEqual({ status: "again" });
  });

  it("leaves a number that keeps moving, or could not be read, to the queue's back-off", () => {
    expect(decideOutcome({ status: "stale", actual: 4 }, MAX_ROUNDS).decision.status).toBe("retry");
    expect(decideOutcome({ status: "stale", actual: null }, 0).decision.status).toBe("retry");
  });

  it("fails for good in the channel's own words when the item is wrong", () => {
    const outcome = { status: "rejected", code: "NOT_FOUND", message: "The SKU does not exist." } as const;
    expect(decideOutcome(outcome, 0).decision).toEqual({
      status: "dead",
      reason: "NOT_FOUND: The SKU does not exist.",
    });
  });

  it("tries an item again that failed for a passing reason", () => {
    const outcome = { status: "retry", code: "SYSTEM", message: "Try later." } as const;
    expect(decideOutcome(outcome, 0).decision).toEqual({ status: "retry", reason: "SYSTEM: Try later." });
  });

  it("waits for the budget of a listing whose revisions are spent, without spending an attempt", () => {
    const outcome = { status: "retry", code: "revision_limit", message: "250 revisions a day." } as const;
    expect(decideOutcome(outcome, 0)).toEqual({ decision: { status: "later", delayMs: 900_000 }, pollNow: false });
  });
});

describe("what follows when a call failed as a whole", () => {
  const context = { listings: 1, throttledInRow: 1, jitter: 1 };
  const failed = (failure: ChannelError["failure"], retryAfterMs?: number) =>
    new ChannelError(failure, "in the channel's words", { code: "CODE", retryAfterMs });

  it("holds the queue for as long as the channel says", () => {
    expect(decideFailure(failed("rate_limited", 7_300), context)).toEqual({ action: "hold", holdMs: 7_300 });
  });

  it("holds longer each time, up to a minute and with jitter, when the channel names no time", () => {
    const holds = [1, 2, 3, 20].map((throttledInRow) =>
      decideFailure(failed("rate_limited"), { ...context, throttledInRow }),
    );
    expect(holds.map((hold) => hold.action === "hold" && hold.holdMs)).toEqual([1_000, 2_000, 4_000, 60_000]);
    expect(decideFailure(failed("rate_limited"), { ...context, jitter: 0 })).toEqual({ action: "hold", holdMs: 500 });
  });

  it("asks the merchant to connect again when the credentials were refused", () => {
    expect(decideFailure(failed("unauthorized"), context)).toEqual({
      action: "reconnect",
      reason: "in the channel's words",
    });
  });

  it("sends each listing alone when a call of several was refused, so that one wrong item fails alone", () => {
    expect(decideFailure(failed("rejected"), { ...context, listings: 2 })).toEqual({ action: "split" });
    expect(decideFailure(failed("rejected"), context)).toEqual({ action: "dead" });
  });

  it("backs off when the answer was lost", () => {
    expect(decideFailure(failed("unavailable"), context)).toEqual({ action: "retry" });
  });
});
