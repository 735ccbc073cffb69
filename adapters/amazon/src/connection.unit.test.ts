import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { amazonAdapter } from "./adapter.ts";

const NOW = "2026-10-01T00:00:00.000Z";
const LONG_AGO = "2026-01-01T00:00:00.000Z";
const account = { clientId: "app", clientSecret: "secret-1", refreshToken: "Atzr|1" };
const stored = {
  ...account,
  accessToken: "Atza|1",
  accessTokenExpiresAt: NOW,
  authorizedAt: LONG_AGO,
  clientSecretSince: LONG_AGO,
};

describe("a channel that is connected again", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: new Date(NOW) }));
  afterEach(() => void vi.useRealTimers());
  const again = (given: object) => amazonAdapter.carryOver?.({ ...account, ...given }, stored);

  it("with a new client secret begins the secret's days anew, and not the authorization's year", () => {
    expect(again({ clientSecret: "secret-2" })).toEqual({
      ...account,
      clientSecret: "secret-2",
      authorizedAt: LONG_AGO,
      clientSecretSince: NOW,
    });
  });

  it("with a new refresh token is authorized from its first use on, and its client secret is as old as it was", () => {
    expect(again({ refreshToken: "Atzr|2" })).toEqual({
      ...account,
      refreshToken: "Atzr|2",
      authorizedAt: undefined,
      clientSecretSince: LONG_AGO,
    });
  });

  it("over Amazon's page begins a year, also with the refresh token it had; its client secret is as old as it was", () => {
    const granted = { authorizedAt: NOW, clientSecretSince: NOW };
    expect(again(granted)).toEqual({ ...account, authorizedAt: NOW, clientSecretSince: LONG_AGO });
  });

  it("through another app has another client secret", () => {
    expect(again({ clientId: "another" })).toMatchObject({ clientSecretSince: NOW });
  });
});
