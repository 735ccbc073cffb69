import { afterEach, describe, expect, it, vi } from "vitest";
import { createRandom } from "../kit/random.ts";
import { createTokens } from "./tokens.ts";

afterEach(() => void vi.useRealTimers());

describe("an authorization", () => {
  it("lasts 365 days, and 365 more when the seller gives it anew", () => {
    const begun = Date.now();
    const after = (days: number) => vi.setSystemTime(begun + days * 24 * 3_600_000);
    vi.useFakeTimers({ toFake: ["Date"], now: begun });
    const tokens = createTokens({ clientId: "app", clientSecret: "secret" }, createRandom(1));
    const stands = () => tokens.refreshes(tokens.refreshToken);
    after(364);
    expect(stands()).toBe(true);
    after(366);
    expect(stands()).toBe(false);
    tokens.exchange(tokens.authorize());
    expect(stands()).toBe(true);
    after(366 + 366);
    expect(stands()).toBe(false);
  });
});
