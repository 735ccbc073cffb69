import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { connect, errors, expectShipNodes, useNockedWalmart, walmart } from "./testing.ts";

describe("checking the connection", () => {
  useNockedWalmart();

  function expectProfile(partner: object | undefined) {
    walmart().get("/v3/settings/partnerprofile").reply(200, { partner, configurations: [] });
  }

  function expectCheck(detail: object, ...shipNodes: readonly string[]) {
    walmart().get("/v3/token/detail").reply(200, detail);
    expectProfile({ partnerId: "10001", partnerStoreId: "55" });
    expectShipNodes(...shipNodes);
  }

  it("is well with full access to inventory, a view of orders and items, and one ship node", async () => {
    const { session } = connect();
    const scopes = { inventory: "full_access", orders: "view_only", item: "view_only", price: "no_access" };
    expectCheck({ is_valid: true, scopes }, "EAST");
    expect(await session.check(callWithin())).toEqual({ ok: true, account: "10001", problems: [], renewBy: null });
  });

  it("names every missing scope; that of returns only where they go back to stock", async () => {
    const scopes = { inventory: "view_only", feeds: "view_only", orders: "no_access", item: "no_access" };
    const named = async (settings: Parameters<typeof connect>[0]) => {
      expectCheck({ is_valid: true, scopes: { ...scopes, returns: "no_access" } }, "EAST", "WEST");
      const { ok, problems } = await connect(settings).session.check(callWithin());
      expect(ok).toBe(false);
      return problems.map((problem) => /inventory|feeds|orders|items|returns/.exec(problem)?.[0]);
    };
    expect(await named({})).toEqual(["inventory", "feeds", "orders", "items"]);
    expect(await named({ settings: { restockReturns: "yes" } })).toContain("returns");
  });

  it("says so when Walmart calls the token invalid", async () => {
    const { session } = connect();
    expectCheck({ is_valid: false }, "EAST");
    expect((await session.check(callWithin())).problems).toEqual([expect.stringContaining("invalid")]);
  });

  it("names a channel type that is another app's", async () => {
    const { session } = connect({ settings: { channelType: "0f3e4dd4" } });
    expectCheck({ is_valid: true, is_channel_match: false }, "EAST");
    expect((await session.check(callWithin())).problems).toEqual([expect.stringContaining("channel type")]);
  });

  it("names the partner that the keys belong to, when it is another one than was entered", async () => {
    const problemsWith = async (partner: object | undefined) => {
      walmart().get("/v3/token/detail").reply(200, { is_valid: true });
      expectProfile(partner);
      expectShipNodes("EAST");
      return (await connect().session.check(callWithin())).problems;
    };
    expect(await problemsWith({ partnerId: "20002" })).toEqual([
      "The keys belong to partner 20002, not to 10001: correct the partner ID, or enter that partner's keys.",
    ]);
    expect(await problemsWith({ partnerId: 10_001 })).toEqual([]);
    expect(await problemsWith({})).toEqual([]);
    expect(await problemsWith(undefined)).toEqual([]);
  });

  it.each([
    ["may not be viewed", 403, errors("FORBIDDEN.GMP_GATEWAY_API", "No access")],
    ["is not there", 404, errors("CONTENT_NOT_FOUND", "No profile")],
    ["is out of order", 500, errors("SYSTEM_ERROR", "Try again")],
    ["has another shape", 200, { partner: "10001" }],
  ])("takes keys as they come where the profile that tells whose they are %s", async (_what, status, body) => {
    walmart().get("/v3/token/detail").reply(200, { is_valid: true });
    walmart().get("/v3/settings/partnerprofile").reply(status, body);
    expectShipNodes("EAST");
    expect((await connect().session.check(callWithin())).ok).toBe(true);
  });

  it("tells when the seller must agree again", async () => {
    const at = "2027-11-20T10:00:00.000Z";
    const { session } = connect({ credentials: { refreshToken: "consent", refreshTokenExpiresAt: at } });
    expectCheck({ is_valid: true }, "EAST");
    expect((await session.check(callWithin())).renewBy).toEqual({ at, what: expect.stringContaining("connect again") });
  });

  it("names the missing right to read ship nodes", async () => {
    const { session } = connect();
    walmart().get("/v3/token/detail").reply(200, { is_valid: true });
    expectProfile({ partnerId: "10001" });
    walmart().get("/v3/settings/shipping/shipnodes").reply(403, errors("FORBIDDEN.GMP_GATEWAY_API", "No access"));
    expect((await session.check(callWithin())).problems).toEqual([expect.stringContaining("Shipping")]);
  });

  it("names a ship node the account does not have", async () => {
    const { session } = connect({ settings: { shipNode: "NORTH" } });
    expectCheck({ is_valid: true, scopes: {} }, "EAST");
    expect((await session.check(callWithin())).problems).toEqual([
      "The account has no ship node NORTH: name one of EAST.",
    ]);
  });
});
