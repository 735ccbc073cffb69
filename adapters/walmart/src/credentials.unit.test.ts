import { describe, expect, it } from "vitest";
import { walmartAdapter } from "./adapter.ts";

const account = { clientId: "client-id", clientSecret: "client-secret-1" };
const webhookSecret = "made-here";

describe("a channel that is connected again", () => {
  it("goes on taking events that are signed with the secret it had", () => {
    const given = { ...account, clientSecret: "client-secret-2" };
    const stored = { ...account, webhookSecret, accessToken: "token-1", accessTokenExpiresAt: 1 };
    expect(walmartAdapter.carryOver?.(given, stored)).toEqual({ ...given, webhookSecret });
  });

  it("knows the end of a consent that stays the same, and not of another or of none", () => {
    const stored = { ...account, refreshToken: "consent-1", refreshTokenExpiresAt: "2027-01-01T00:00:00.000Z" };
    const endOf = (given: object) => walmartAdapter.carryOver?.({ ...account, ...given }, stored).refreshTokenExpiresAt;
    expect(endOf({ refreshToken: "consent-1" })).toBe("2027-01-01T00:00:00.000Z");
    expect(endOf({ refreshToken: "consent-2" })).toBeUndefined();
    const ownKeys = { ...account, refreshTokenExpiresAt: "2027-01-01T00:00:00.000Z" };
    expect(walmartAdapter.carryOver?.(account, ownKeys).refreshTokenExpiresAt).toBeUndefined();
    const agreedAgain = { refreshToken: "consent-1", refreshTokenExpiresAt: "2027-10-01T00:00:00.000Z" };
    expect(endOf(agreedAgain)).toBe("2027-10-01T00:00:00.000Z");
  });
});
