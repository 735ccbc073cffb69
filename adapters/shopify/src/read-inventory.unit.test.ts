import { describe, expect, it } from "vitest";
import { call, data, listing, onGraphql, openSession, useNock, type GraphqlBody } from "./testing/harness.ts";
import { itemsOf, level } from "./testing/pushes.ts";

useNock();

describe("reading back", () => {
  it("tells read, untracked, not stocked and unknown items apart, in input order", async () => {
    const seen: GraphqlBody[] = [];
    const quantities = [
      { name: "available", quantity: -2 },
      { name: "committed", quantity: 3 },
    ];
    const nodes = [
      { ...level("1", 0), inventoryLevel: { quantities } },
      null,
      level("3", 0, false),
      { ...level("4", 0), inventoryLevel: null },
    ];
    onGraphql("nodes(", { seen }).reply(...data({ nodes }));
    onGraphql("nodes(", { seen }).reply(...data({ nodes: [level("1", 8)] }));
    const broken = { ...listing("5"), externalId: "CAP-RED" };
    const listings = [listing("1"), listing("2"), listing("1", "8"), broken, listing("3"), listing("4")];
    expect(await openSession().session.readInventory(listings, call())).toEqual([
      { status: "read", available: -2, reserved: 3 },
      { status: "missing", message: expect.any(String) },
      { status: "read", available: 8, reserved: null },
      { status: "missing", message: expect.any(String) },
      { status: "untracked" },
      { status: "missing", message: expect.any(String) },
    ]);
    expect(seen.map(itemsOf)).toEqual([["1", "2", "3", "4"], ["1"]]);
  });

  it("asks for at most 250 items at once", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("nodes(", { seen })
      .times(2)
      .reply(...data({ nodes: [] }));
    const listings = Array.from({ length: 251 }, (_, index) => listing(String(index + 1)));
    expect(await openSession().session.readInventory(listings, call())).toHaveLength(251);
    expect(seen.map((body) => itemsOf(body).length)).toEqual([250, 1]);
  });
});
