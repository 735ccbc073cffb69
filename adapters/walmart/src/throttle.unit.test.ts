import { describe, expect, it } from "vitest";
import { bucketSeen, waitAfterThrottle } from "./throttle.ts";

const now = Date.parse("2026-11-20T10:00:00Z");
const wait = (headers: Record<string, string>, random = 0) => waitAfterThrottle(new Headers(headers), now, random);

describe("the wait after a 429", () => {
  it("is Retry-After before anything else", () => {
    expect(wait({ "retry-after": "7", "x-next-replenishment-time": String(now + 90_000) })).toBe(7_000);
  });

  it("reads Retry-After as an HTTP date too", () => {
    expect(wait({ "retry-after": "Fri, 20 Nov 2026 10:00:12 GMT" })).toBe(12_000);
  });

  it("is the replenishment time next, in epoch milliseconds", () => {
    expect(wait({ "x-next-replenishment-time": String(now + 4_000) })).toBe(4_000);
  });

  it("is the replenishment time next, in ISO 8601", () => {
    expect(wait({ "x-next-replenishment-time": "2026-11-20T10:00:04.500Z" })).toBe(4_500);
  });

  it("is a minute when Walmart names no time, or none that can be read", () => {
    expect(wait({})).toBe(60_000);
    expect(wait({ "retry-after": "soon", "x-next-replenishment-time": "later" })).toBe(60_000);
  });

  it("is at least a second, also when the time named has passed", () => {
    expect(wait({ "x-next-replenishment-time": String(now - 1_000) })).toBe(1_000);
  });

  it("is at most five minutes, plus a tenth at random", () => {
    expect(wait({ "retry-after": "3600" })).toBe(300_000);
    expect(wait({ "retry-after": "3600" }, 1)).toBe(330_000);
  });
});

describe("what an answer tells of its bucket", () => {
  it.each([
    ["epoch milliseconds", String(now + 4_500)],
    ["ISO 8601", "2026-11-20T10:00:04.500Z"],
  ])("is what is left and when more comes, in %s", (_name, time) => {
    const headers = new Headers({ "x-current-token-count": "42", "x-next-replenishment-time": time });
    expect(bucketSeen(headers)).toEqual({ remaining: 42, refillsAt: now + 4_500 });
  });

  it("is nothing that can't be read", () => {
    expect(bucketSeen(new Headers())).toEqual({});
    const headers = new Headers({ "x-current-token-count": "many", "x-next-replenishment-time": "later" });
    expect(bucketSeen(headers)).toEqual({});
  });
});
