import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, channelErrorOf, connect, errors, ITEMS } from "./testing/harness.ts";

const query = {
  marketplaceIds: "ATVPDKIKX0DER",
  includedData: "summaries,fulfillmentAvailability,attributes",
  pageSize: "20",
  sortBy: "createdDate",
  sortOrder: "ASC",
};
const search = (more: object = {}) =>
  amazon()
    .get(ITEMS)
    .query({ ...query, ...more });
const created = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function item(sku: string, second = 0) {
  return {
    sku,
    summaries: [
      { marketplaceId: "ATVPDKIKX0DER", productType: "SHIRT", itemName: "A cap", createdDate: created(second) },
    ],
    fulfillmentAvailability: [{ fulfillmentChannelCode: "DEFAULT", quantity: 3 }],
  };
}

const page = (cursor: object) => connect().session.importListings(JSON.stringify(cursor), callWithin());
const cursorOf = ({ next }: { readonly next: string | null }): unknown => JSON.parse(next ?? "null");

describe("importListings", () => {
  useNock();

  it("pages by Amazon's token, in an order that pushes do not change, and knows how many there are", async () => {
    const attributes = { externally_assigned_product_identifier: [{ type: "ean", value: "4006381333931" }] };
    search().reply(200, {
      numberOfResults: 21,
      items: [{ ...item("CAP"), attributes }],
      pagination: { nextToken: "two" },
    });
    const fba = { sku: "FBA", summaries: [], fulfillmentAvailability: [{ fulfillmentChannelCode: "AMAZON_NA" }] };
    search({ pageToken: "two" }).reply(200, { numberOfResults: 21, items: [fba], pagination: { nextToken: null } });
    const { session } = connect();
    const first = await session.importListings(null, callWithin());
    expect(first).toEqual({
      listings: [
        {
          sku: "CAP",
          externalId: "CAP",
          externalLocationId: null,
          external: { productType: "SHIRT", fulfillmentChannel: "DEFAULT" },
          lineRef: "CAP",
          title: "A cap",
          barcode: "4006381333931",
          available: 3,
          unsupported: null,
        },
      ],
      total: 21,
      next: expect.any(String),
    });
    const second = await session.importListings(first.next, callWithin());
    expect(second).toMatchObject({
      total: 21,
      next: null,
      listings: [{ sku: "FBA", barcode: null, available: null, external: { productType: "PRODUCT" } }],
    });
    expect(second.listings[0]?.unsupported).toContain("FBA");
  });

  it("brings a listing with quantities by supply source as one whose number can't be set", async () => {
    const fulfillmentAvailability = [
      { fulfillmentChannelCode: "DEFAULT", quantity: 0 },
      { fulfillmentChannelCode: "f1a2b3c4-supply-source", quantity: 8 },
    ];
    search().reply(200, { items: [{ ...item("CAP"), fulfillmentAvailability }] });
    const { listings } = await connect().session.importListings(null, callWithin());
    expect(listings).toMatchObject([
      { available: null, unsupported: expect.stringContaining("Multi-Location Inventory") },
    ]);
  });

  it.each([[undefined], [1_000]])("does not know how many there are when Amazon counts %s", async (numberOfResults) => {
    search().reply(200, { numberOfResults, items: [item("CAP")] });
    expect((await connect().session.importListings(null, callWithin())).total).toBeNull();
  });

  it.each([{ nextToken: "fifty-one" }, {}])(
    "goes on with a new search from the newest listing once one has brought 1,000, whatever token comes: %o",
    async (pagination) => {
      search({ pageToken: "fifty" }).reply(200, { items: [item("A", 8), item("B", 9)], pagination });
      const before = { reached: 998, newest: created(7), pageToken: "fifty", total: 4_000 };
      expect(cursorOf(await page(before))).toEqual({
        reached: 0,
        createdAfter: created(9),
        newest: created(9),
        total: 4_000,
      });
    },
  );

  it("does not stay for ever where 1,000 listings were created at one instant", async () => {
    search({ pageToken: "fifty", createdAfter: created(9) }).reply(200, { items: [item("A", 9)] });
    const before = { createdAfter: created(9), reached: 999, newest: created(9), pageToken: "fifty", total: null };
    expect(cursorOf(await page(before))).toMatchObject({ createdAfter: "2026-01-01T00:00:09.001Z", reached: 0 });
  });

  it("ends at 1,000 where Amazon tells no creation dates", async () => {
    const dateless = { ...item("A"), summaries: [] };
    search({ pageToken: "fifty" }).reply(200, { items: [dateless], pagination: { nextToken: "more" } });
    expect((await page({ reached: 999, pageToken: "fifty", total: null })).next).toBeNull();
  });

  it("begins the search where it had come to when Amazon no longer takes its page token", async () => {
    search({ pageToken: "old" }).reply(400, errors("InvalidInput", "pageToken is invalid"));
    search({ createdAfter: created(7) }).reply(200, { items: [item("A", 8)], pagination: { nextToken: "new" } });
    const resumed = await page({ reached: 40, newest: created(7), pageToken: "old", total: 60 });
    expect(resumed).toMatchObject({ total: 60, listings: [{ sku: "A" }] });
    expect(cursorOf(resumed)).toMatchObject({ createdAfter: created(7), pageToken: "new", reached: 1 });
  });

  it("refuses a stored place that it can't read", async () => {
    const error = await channelErrorOf(connect().session.importListings("two", callWithin()));
    expect(error).toMatchObject({ failure: "rejected", code: "bad_cursor" });
  });
});
