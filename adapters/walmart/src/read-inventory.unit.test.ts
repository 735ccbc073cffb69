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
      { status: "missing", message: "No such SKU", mayAppear: true },
    ]);
  });

  it("reads many from the list of all inventories, and one by one what that list does not name", async () => {
    const { session, spent } = connect();
    const skus = Array.from({ length: 60 }, (_, index) => `S${index}`);
    const held = (sku: string) => nodes(sku, { shipNode: "1", available: 3, reserved: 0 });
    const page = (nextCursor: string | undefined, own: readonly string[]) => ({
      meta: { totalCount: 60, nextCursor },
      elements: { inventories: own.map(held) },
    });
    walmart()
      .get("/v3/inventories?limit=50")
      .reply(200, page("next", skus.slice(0, 40)));
    walmart()
      .get("/v3/inventories?limit=50&nextCursor=next")
      .reply(200, page(undefined, skus.slice(40, 59)));
    walmart().get("/v3/inventories/S59").reply(200, held("S59"));
    const call = { ...callWithin(), urgency: "background" } as const;
    const read = await session.readInventory(
      skus.map((sku) => listing(sku)),
      call,
    );
    expect(read).toEqual(skus.map(() => ({ status: "read", available: 3, reserved: 0 })));
    expect(spent.map(({ bucket }) => bucket)).toEqual(["inventory_list", "inventory_list", "inventory_read"]);
    expect(new Set(spent.map(({ urgency }) => urgency))).toEqual(new Set(["background"]));
  });

  it("reads SKU by SKU where the whole list would be the longer way", async () => {
    const { session, spent } = connect();
    const skus = Array.from({ length: 51 }, (_, index) => `S${index}`);
    walmart()
      .get("/v3/inventories?limit=50")
      .reply(200, { meta: { totalCount: 4_000, nextCursor: "next" }, elements: { inventories: [] } });
    for (const sku of skus) {
      walmart()
        .get(`/v3/inventories/${sku}`)
        .reply(200, nodes(sku, { shipNode: "1", available: 3, reserved: 0 }));
    }
    expect(
      await session.readInventory(
        skus.map((sku) => listing(sku)),
        callWithin(),
      ),
    ).toHaveLength(51);
    expect(spent).toHaveLength(52);
  });

  it("reads a SKU once for all its ship nodes, and works out the number that Walmart leaves out", async () => {
    const { session } = connect();
    const quantity = (amount: number) => ({ unit: "EACH", amount });
    walmart()
      .get("/v3/inventories/CAP")
      .reply(200, {
        nodes: [
          { shipNode: "EAST", inputQty: quantity(9), availToSellQty: quantity(7) },
          { shipNode: "WEST", inputQty: quantity(5), reservedQty: quantity(1) },
        ],
      });
    const listings = [listing("CAP", "EAST"), listing("CAP", "WEST")];
    expect(await session.readInventory(listings, callWithin())).toEqual([
      { status: "read", available: 7, reserved: 2 },
      { status: "read", available: 4, reserved: 1 },
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
