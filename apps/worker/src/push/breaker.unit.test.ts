import { describe, expect, it } from "vitest";
import { createBreaker } from "./breaker.ts";

const opened = () => {
  const breaker = createBreaker();
  for (let failure = 0; failure < 5; failure += 1) breaker.failed(0);
  return breaker;
};

describe("the breaker", () => {
  it("stays closed while failures are fewer than five in a row", () => {
    const breaker = createBreaker();
    for (let failure = 0; failure < 4; failure += 1) breaker.failed(0);
    breaker.succeeded();
    for (let failure = 0; failure < 4; failure += 1) breaker.failed(0);
    expect(breaker.waitMs(0)).toBe(0);
    expect(breaker.isClosed()).toBe(true);
  });

  it("lets no call out for two seconds after the fifth failure, then one at a time", () => {
    const breaker = opened();
    expect(breaker.waitMs(0)).toBe(2_000);
    expect(breaker.waitMs(1_999)).toBe(1);
    expect(breaker.waitMs(2_000)).toBe(0);
    expect(breaker.isClosed()).toBe(false);
  });

  it("closes when the probe succeeds", () => {
    const breaker = opened();
    breaker.succeeded();
    expect(breaker.isClosed()).toBe(true);
  });

  it("opens for twice as long when the probe fails, up to a minute", () => {
    const breaker = opened();
    let now = 2_000;
    const windows = [4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
    for (const window of windows) {
      breaker.failed(now);
      expect(breaker.waitMs(now)).toBe(window);
      now += window;
    }
  });

  it("learns nothing from calls that were under way when it opened", () => {
    const breaker = opened();
    breaker.failed(100);
    expect(breaker.waitMs(100)).toBe(1_900);
  });
});
