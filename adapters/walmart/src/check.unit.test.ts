import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { connect, errors, useNockedWalmart, walmart } from "./testing.ts";

describe("checking the connection", () => {
  useNockedWalmart();

  function expectCheck(detail: object, ...shipNodes: readonly string[]) {
    walmart().get("/v3/token/detail").reply(200, detail);
    walmart()
      .get("/v3/settings/shipping/shipnodes")
      .reply(
        200,
        shipNodes.map((shipNode) => ({ shipNode, nodeType: "PHYSICAL", shipNodeName: `Node ${shipNode}` })),
      );
  }

  it("is well with full access to inventory, a view of orders and items, and one ship node", async () => {
    const { session } = connect();
    const scopes = { inventory: "full_access", orders: "view_only", item: "view_only", price: "no_access" };
    expectCheck({ is_valid: true, scopes }, "EAST");
    expect(await session.check(callWithin())).toEqual({ ok: true, account: "10001", problems: [] });
  });

  it("names every missing scope and the ship node to choose", async () => {
    const { session } = connect();
    const scopes = { inventory: "view_only", orders: "no_access", item: "no_access" };
    expectCheck({ is_valid: true, scopes }, "EAST", "WEST");
    const { ok, problems } = await session.check(callWithin());
    expect(ok).toBe(false);
    expect(problems.map((problem) => /inventory|orders|items|EAST, WEST/.exec(problem)?.[0])).toEqual([
      "inventory",
      "orders",
      "items",
      "EAST, WEST",
    ]);
  });

  it("names the missing right to read ship nodes", async () => {
    const { session } = connect();
    walmart().get("/v3/token/detail").reply(200, { is_valid: true });
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
