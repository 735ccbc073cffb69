import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, connect, errors, ITEMS, listing } from "./testing/harness.ts";

const item = (sku: string, ...fulfillmentAvailability: object[]) => ({ sku, summaries: [], fulfillmentAvailability });
const own = (quantity: number) => ({ fulfillmentChannelCode: "DEFAULT", quantity });

describe("readInventory", () => {
  useNock();

  it("asks for 20 SKUs a call and answers in the order of the listings", async () => {
    const skus = Array.from({ length: 21 }, (_, index) => `SKU-${index}`);
    const query = {
      marketplaceIds: "ATVPDKIKX0DER",
      identifiersType: "SKU",
      includedData: "summaries,fulfillmentAvailability",
      pageSize: "20",
    };
    const scope = amazon();
    const first = skus.slice(0, 20);
    scope
      .get(ITEMS)
      .query({ ...query, identifiers: first.join(",") })
      .reply(200, { items: first.toReversed().map((sku, index) => item(sku, own(19 - index))) });
    scope
      .get(ITEMS)
      .query({ ...query, identifiers: "SKU-20" })
      .reply(200, { items: [item("SKU-20", own(20))] });
    const read = await connect().session.readInventory(
      skus.map((sku) => listing(sku)),
      callWithin(),
    );
    expect(read).toEqual(skus.map((_, index) => ({ status: "read", available: index, reserved: null })));
  });

  it("takes no number from an FBA listing, and misses one that Amazon does not know", async () => {
    const answer = { items: [item("FBA", { fulfillmentChannelCode: "AMAZON_NA" })] };
    amazon().get(ITEMS).query(true).reply(200, answer);
    const read = await connect().session.readInventory([listing("GONE"), listing("FBA")], callWithin());
    expect(read).toMatchObject([{ status: "missing" }, { status: "untracked" }]);
  });

  it("reads a SKU with a comma alone, since identifiers are joined by commas", async () => {
    amazon()
      .get(`${ITEMS}/A%2CB`)
      .query(true)
      .reply(200, item("A,B", own(4)));
    amazon().get(`${ITEMS}/C%2CD`).query(true).reply(404, errors("NOT_FOUND", "SKU not found"));
    const read = await connect().session.readInventory([listing("A,B"), listing("C,D")], callWithin());
    expect(read).toMatchObject([{ status: "read", available: 4 }, { status: "missing" }]);
  });
});
