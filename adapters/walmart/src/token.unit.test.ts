import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, listing, nodes, useNockedWalmart, walmart } from "./testing.ts";

const stock = nodes("CAP", { shipNode: "1", available: 5, reserved: 0 });
const basic = `Basic ${Buffer.from("client-id:client-secret").toString("base64")}`;

function expectTokenCall(token: string) {
  return walmart()
    .post("/v3/token", "grant_type=client_credentials")
    .matchHeader("authorization", basic)
    .matchHeader("accept", "application/json")
    .matchHeader("content-type", "application/x-www-form-urlencoded")
    .matchHeader("wm_svc.name", "Walmart Marketplace")
    .matchHeader("wm_qos.correlation_id", /^[0-9a-f-]{36}$/)
    .reply(200, { access_token: token, token_type: "Bearer", expires_in: 900 });
}

function expectRead(token: string, times = 1) {
  return walmart().get("/v3/inventories/CAP").times(times).matchHeader("wm_sec.access_token", token);
}

describe("the access token", () => {
  useNockedWalmart();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-20T10:00:00Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is used for 12 of its 15 minutes and then renewed", async () => {
    const { session, credentials } = connect();
    expectRead("token-1").reply(200, stock);
    vi.setSystemTime(new Date("2026-11-20T10:11:59Z"));
    await session.readInventory([listing("CAP")], callWithin());
    expectTokenCall("token-2");
    expectRead("token-2").reply(200, stock);
    vi.setSystemTime(new Date("2026-11-20T10:12:00Z"));
    await session.readInventory([listing("CAP")], callWithin());
    expect(await credentials.read()).toMatchObject({
      accessToken: "token-2",
      accessTokenExpiresAt: Date.parse("2026-11-20T10:27:00Z"),
    });
  });

  it("is used as long as it lasts when Walmart gives one that is about to run out", async () => {
    const { session } = connect({ credentials: { accessToken: undefined } });
    walmart().post("/v3/token").reply(200, { access_token: "token-2", expires_in: 100 });
    expectRead("token-2").reply(200, stock);
    expect(await session.readInventory([listing("CAP")], callWithin())).toHaveLength(1);
  });

  it("is asked for once by many calls that find none", async () => {
    const { session, credentials } = connect({ credentials: { accessToken: undefined } });
    expectTokenCall("token-2");
    expectRead("token-2", 5).reply(200, stock);
    const reads = Array.from({ length: 5 }, () => session.readInventory([listing("CAP")], callWithin()));
    expect(await Promise.all(reads)).toHaveLength(5);
    expect(credentials.renewals).toBe(1);
  });

  it("is renewed once when Walmart answers 401, and the call is sent again", async () => {
    const { session, credentials } = connect();
    expectRead("token-1").reply(401, { errors: [{ code: "UNAUTHORIZED" }] });
    expectTokenCall("token-2");
    expectRead("token-2").reply(200, stock);
    const read = await session.readInventory([listing("CAP")], callWithin());
    expect(read).toEqual([{ status: "read", available: 5, reserved: 0 }]);
    expect(credentials.renewals).toBe(1);
  });

  it("is renewed no second time when Walmart refuses the new one too", async () => {
    const { session } = connect();
    expectRead("token-1").reply(401, { errors: [{ code: "UNAUTHORIZED" }] });
    expectTokenCall("token-2");
    expectRead("token-2").reply(401, { errors: [{ code: "UNAUTHORIZED", description: "Unauthorized" }] });
    await expect(session.readInventory([listing("CAP")], callWithin())).rejects.toMatchObject({
      failure: "unauthorized",
      code: "UNAUTHORIZED",
      httpStatus: 401,
    });
  });

  it.each([400, 401, 403])(
    "is unauthorized when the token call answers %i, and the secret stays unsaid",
    async (status) => {
      const { session } = connect({ credentials: { accessToken: undefined } });
      walmart().post("/v3/token").reply(status, { error: "invalid client-secret" });
      const error: unknown = await session.check(callWithin()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_client", httpStatus: status });
      expect(JSON.stringify(error) + String(error)).not.toContain("client-secret");
    },
  );

  it("is unavailable, not unauthorized, when the token call answers 503", async () => {
    const { session } = connect({ credentials: { accessToken: undefined } });
    walmart().post("/v3/token").reply(503, "<html>");
    await expect(session.check(callWithin())).rejects.toMatchObject({ failure: "unavailable", httpStatus: 503 });
  });

  it("is unavailable, not unauthorized, when the token call meets a page of the edge", async () => {
    const { session } = connect({ credentials: { accessToken: undefined } });
    walmart().post("/v3/token").reply(403, "<html>Access Denied</html>");
    await expect(session.check(callWithin())).rejects.toMatchObject({ failure: "unavailable", httpStatus: 403 });
  });

  describe("of a seller who agreed to an app", () => {
    const consented = {
      accessToken: undefined,
      refreshToken: "refresh-1",
      refreshTokenExpiresAt: "2027-01-01T00:00:00.000Z",
    };
    const expectRefresh = () =>
      walmart()
        .post("/v3/token", { grant_type: "refresh_token", refresh_token: "refresh-1" })
        .matchHeader("authorization", basic)
        .matchHeader("wm_partner.id", "10001");

    it("is refreshed in the seller's name, and the consent ends when it did before", async () => {
      const { session, credentials } = connect({ credentials: consented });
      expectRefresh().reply(200, { access_token: "token-2", expires_in: 900 });
      expectRead("token-2").reply(200, stock);
      await session.readInventory([listing("CAP")], callWithin());
      expect(await credentials.read()).toMatchObject({ ...consented, accessToken: "token-2" });
    });

    it("takes over a new refresh token, should Walmart give one, with another year", async () => {
      const { session, credentials } = connect({ credentials: consented });
      expectRefresh().reply(200, { access_token: "token-2", expires_in: 900, refresh_token: "refresh-2" });
      expectRead("token-2").reply(200, stock);
      await session.readInventory([listing("CAP")], callWithin());
      expect(await credentials.read()).toMatchObject({
        refreshToken: "refresh-2",
        refreshTokenExpiresAt: "2027-11-20T10:00:00.000Z",
      });
    });

    it("is unauthorized once the consent is over, and says what to do", async () => {
      const { session } = connect({ credentials: consented });
      expectRefresh().reply(400, { error: "refresh-1 has expired" });
      const error: unknown = await session.check(callWithin()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
      expect(String(error)).toContain("connect again");
      expect(String(error)).not.toContain("refresh-1");
    });
  });
});
