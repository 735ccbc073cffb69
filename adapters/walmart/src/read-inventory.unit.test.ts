import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { connect, errors, listing, nodes, useNockedWalmart, walmart } from "./testing.ts";

describe("reading inventory back", () => {
  useNockedWalmart();

  it("tells what buyers can buy and what is reserved, and names what is missing", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(200, nodes("CAP", { shipNode: "1", available: 9, reserved: 2 }));
    walmart().get("/v3/inventories/GONE").reply(404, errors("CONTENT_NOT_FOUND.GMP_INVENTORY_API", "No such SKU"));
    expect(await session.readInventory([listing("CAP"), listing("GONE")], callWithin())).toEqual([
      { status: "read", available: 9, reserved: 2 },
      { status: "missing", message: "No such SKU" },
    ]);
  });

  it("calls nothing for sale what Walmart oversold", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(200, nodes("CAP", { shipNode: "1", available: -1, reserved: 3 }));
    expect(await session.readInventory([listing("CAP")], callWithin())).toEqual([
      { status: "read", available: 0, reserved: 3 },
    ]);
  });
});
