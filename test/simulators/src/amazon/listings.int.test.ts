import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "../simulator.ts";
import { eventually } from "../testing/eventually.ts";
import { listAt, textAt } from "../testing/path.ts";
import { amazonClient, firstError } from "../testing/amazon-client.ts";
import { startAmazonSimulator } from "./index.ts";

let simulator: Simulator;
let seller: ReturnType<typeof amazonClient>;

const listings = [
  { sku: "A", quantity: 5, price: 20, barcode: "4006381333931" },
  { sku: "B/C (1)", quantity: 7 },
  { sku: "FBA-1", quantity: 9, fulfilledByChannel: true },
];
async function begin(processingMs = 5) {
  simulator = await startAmazonSimulator({ seed: 1, scaleLimits: 100, processingMs });
  seller = amazonClient(simulator, await simulator.addAccount({ account: "acme", listings }));
}

beforeEach(() => begin());
afterEach(() => simulator.stop());

const path = (sku: string, more = "") =>
  `/listings/2021-08-01/items/${seller.sellerId}/${encodeURIComponent(sku)}?marketplaceIds=ATVPDKIKX0DER${more}`;
const quantityPatch = (quantity: unknown, op = "merge", fulfillment_channel_code = "DEFAULT") => ({
  productType: "PRODUCT",
  patches: [{ op, path: "/attributes/fulfillment_availability", value: [{ fulfillment_channel_code, quantity }] }],
});
const patch = (sku: string, body: object, more = "") => seller.call("PATCH", path(sku, more), body);
const available = (sku: string) => simulator.stock("acme").find((each) => each.sku === sku)?.available;
const read = async (sku: string, sets = "fulfillmentAvailability") =>
  (await seller.call("GET", path(sku, `&includedData=${sets}`))).body;

describe("patchListingsItem", () => {
  it("accepts a quantity and applies it shortly after", async () => {
    const { status, body } = await patch("A", quantityPatch(3));
    expect({ status, body }).toMatchObject({ status: 200, body: { sku: "A", status: "ACCEPTED", issues: [] } });
    await eventually(() => expect(available("A")).toBe(3));
    expect(await read("A")).toEqual({
      sku: "A",
      fulfillmentAvailability: [{ fulfillmentChannelCode: "DEFAULT", quantity: 3 }],
    });
  });

  it("shows the old quantity until it is applied", async () => {
    await simulator.stop();
    await begin(60_000);
    expect((await patch("A", quantityPatch(3))).body["status"]).toBe("ACCEPTED");
    expect(await read("A")).toMatchObject({ fulfillmentAvailability: [{ quantity: 5 }] });
  });

  it("overwrites what was sold between accepting and applying: the write is absolute and blind", async () => {
    await simulator.stop();
    await begin(500);
    const types = () =>
      simulator.history("acme").map((event) => (event.type === "call" ? event.operation : event.type));
    // Its answer may reach the seller only after it was applied; the simulator knows at once.
    const answer = patch("A", quantityPatch(5));
    await eventually(() => expect(types()).toContain("patchListingsItem"));
    await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }] });
    await answer;
    await eventually(() => expect(types().slice(-2)).toEqual(["order_placed", "quantity_written"]));
    expect(available("A")).toBe(5);
  });

  it("takes a SKU with slashes, spaces and brackets", async () => {
    await patch("B/C (1)", quantityPatch(1));
    await eventually(() => expect(available("B/C (1)")).toBe(1));
  });

  it("keeps lead time and restock date on merge and loses both on replace", async () => {
    const attribute = async () => listAt(await read("A", "attributes"), "attributes.fulfillment_availability");
    await patch("A", quantityPatch(3, "merge"));
    await eventually(() => expect(available("A")).toBe(3));
    expect(await attribute()).toMatchObject([{ lead_time_to_ship_max_days: 2, restock_date: "2031-01-15" }]);
    await patch("A", quantityPatch(4, "replace"));
    await eventually(() => expect(available("A")).toBe(4));
    expect(await attribute()).toEqual([{ fulfillment_channel_code: "DEFAULT", quantity: 4 }]);
  });

  it("takes the listing's own product type or PRODUCT, and keeps the listing's", async () => {
    expect((await patch("A", { ...quantityPatch(3), productType: "HAT" })).body["status"]).toBe("ACCEPTED");
    expect((await patch("A", quantityPatch(2))).body["status"]).toBe("ACCEPTED");
    await eventually(() => expect(available("A")).toBe(2));
    expect(await read("A", "summaries")).toMatchObject({ summaries: [{ productType: "HAT" }] });
    expect((await patch("A", { ...quantityPatch(1), productType: "SHOES" })).body).toMatchObject({
      status: "INVALID",
      issues: [{ attributeNames: ["product_type"] }],
    });
  });

  it("of 0 keeps the listing, which buyers then can find but not buy", async () => {
    await patch("A", quantityPatch(0));
    await eventually(() => expect(available("A")).toBe(0));
    expect(await read("A", "summaries,fulfillmentAvailability")).toMatchObject({
      summaries: [{ status: ["DISCOVERABLE"] }],
      fulfillmentAvailability: [{ fulfillmentChannelCode: "DEFAULT", quantity: 0 }],
    });
  });

  it("changes nothing in a preview", async () => {
    expect((await patch("A", quantityPatch(3), "&mode=VALIDATION_PREVIEW")).body["status"]).toBe("VALID");
    await patch("B/C (1)", quantityPatch(1));
    await eventually(() => expect(available("B/C (1)")).toBe(1));
    expect(available("A")).toBe(5);
  });

  it.each([
    ["an unknown SKU", "NOPE", quantityPatch(3)],
    ["less than none", "A", quantityPatch(-1)],
    ["half a unit", "A", quantityPatch(1.5)],
    ["text for a number", "A", quantityPatch("3")],
    ["the quantity of Amazon's own stock", "FBA-1", quantityPatch(3, "merge", "AMAZON_NA")],
  ])("answers 200 and INVALID with an issue for %s", async (_case, sku, body) => {
    const answer = await patch(sku, body);
    expect(answer).toMatchObject({ status: 200, body: { status: "INVALID", issues: [{ severity: "ERROR" }] } });
    expect(simulator.history("acme").filter(({ type }) => type === "quantity_written")).toEqual([]);
  });

  it.each([
    ["no productType", { patches: quantityPatch(3).patches }],
    ["no patches", { productType: "PRODUCT", patches: [] }],
    ["an unknown op", quantityPatch(3, "increment")],
    ["a nested path", { productType: "PRODUCT", patches: [{ op: "merge", path: "/attributes/a/0", value: [{}] }] }],
    [
      "a value that is no list",
      { productType: "PRODUCT", patches: [{ op: "merge", path: "/attributes/a", value: {} }] },
    ],
  ])("answers 400 for %s", async (_case, body) => {
    const answer = await patch("A", body);
    expect(answer.status).toBe(400);
    expect(firstError(answer)).toMatchObject({ code: "InvalidInput" });
  });

  it("answers 400 without marketplaceIds and for a marketplace the seller is not in", async () => {
    const bare = path("A").split("?")[0] ?? "";
    expect((await seller.call("PATCH", bare, quantityPatch(3))).status).toBe(400);
    expect((await seller.call("PATCH", `${bare}?marketplaceIds=A1PA6795UKMFR9`, quantityPatch(3))).status).toBe(400);
  });

  it("hands a listing over to Amazon by a replacement that names its channel alone", async () => {
    const fulfillment_channel_code = "AMAZON_NA";
    const value = [{ fulfillment_channel_code }];
    const handOver = { op: "replace", path: "/attributes/fulfillment_availability", value };
    await patch("A", { productType: "HAT", patches: [handOver] });
    await eventually(async () =>
      expect(await read("A")).toEqual({ sku: "A", fulfillmentAvailability: [{ fulfillmentChannelCode: "AMAZON_NA" }] }),
    );
  });

  it("adds a second, merchant-fulfilled entry to an FBA listing: clients must check the channel first", async () => {
    expect(await read("FBA-1")).toMatchObject({ fulfillmentAvailability: [{ fulfillmentChannelCode: "AMAZON_NA" }] });
    await patch("FBA-1", quantityPatch(1));
    await eventually(() => expect(available("FBA-1")).toBe(1));
    expect(await read("FBA-1")).toMatchObject({
      fulfillmentAvailability: [
        { fulfillmentChannelCode: "AMAZON_NA" },
        { fulfillmentChannelCode: "DEFAULT", quantity: 1 },
      ],
    });
  });
});

describe("a price patch", () => {
  const offer = (more: object = {}, op = "merge") => ({
    productType: "PRODUCT",
    patches: [
      {
        op,
        path: "/attributes/purchasable_offer",
        value: [
          {
            marketplace_id: "ATVPDKIKX0DER",
            currency: "USD",
            audience: "ALL",
            our_price: [{ schedule: [{ value_with_tax: 19.9 }] }],
            ...more,
          },
        ],
      },
    ],
  });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const sale = (from: string, until: string) => ({
    discounted_price: [{ schedule: [{ value_with_tax: 15, start_at: from, end_at: until }] }],
  });
  const usd = (amount: string) => ({ amount, currency: "USD" });
  const priced = (price: string, saleNow: string | null) => ({
    sku: "A",
    price: usd(price),
    sale: saleNow === null ? null : usd(saleNow),
  });
  const shown = () => simulator.prices?.("acme").find(({ sku }) => sku === "A");

  it("sets the price, and a sale between its two times", async () => {
    await patch("A", offer(sale(day(-1), day(1))));
    await eventually(() => expect(shown()).toEqual(priced("19.90", "15.00")));
    expect(await read("A", "offers")).toMatchObject({ offers: [{ price: { amount: "15.00" } }] });
    await patch("A", offer(sale(day(1), day(2))));
    await eventually(() => expect(shown()).toEqual(priced("19.90", null)));
  });

  it("keeps the sale on merge and loses it on replace", async () => {
    await patch("A", offer(sale(day(-1), day(1))));
    await eventually(() => expect(shown()).toEqual(priced("19.90", "15.00")));
    await patch("A", offer({ our_price: [{ schedule: [{ value_with_tax: 18 }] }] }));
    await eventually(() => expect(shown()).toEqual(priced("18.00", "15.00")));
    await patch("A", offer({}, "replace"));
    await eventually(() => expect(shown()).toEqual(priced("19.90", null)));
  });

  const amount = (value: number) => [{ schedule: [{ value_with_tax: value }] }];

  it("leaves the lowest allowed price and the offer to businesses on merge, and wipes both on replace", async () => {
    const businesses = offer({ audience: "B2B", our_price: amount(17) });
    await patch("A", offer({ minimum_seller_allowed_price: amount(18) }));
    await patch("A", businesses);
    await patch("A", offer({ our_price: amount(21) }));
    await eventually(() => expect(shown()).toEqual(priced("21.00", null)));
    expect(await read("A", "offers")).toMatchObject({
      offers: [{ offerType: "B2C" }, { offerType: "B2B", price: { amount: "17.00" } }],
    });
    const tooLow = offer({ our_price: amount(5) });
    expect((await patch("A", tooLow, "&mode=VALIDATION_PREVIEW")).body).toMatchObject({ issues: [{ code: "18155" }] });
    await patch("A", offer({}, "replace"));
    await eventually(() => expect(shown()).toEqual(priced("19.90", null)));
    expect(listAt(await read("A", "offers"), "offers")).toHaveLength(1);
    expect((await patch("A", tooLow, "&mode=VALIDATION_PREVIEW")).body).toMatchObject({ issues: [] });
  });

  it("below the lowest allowed one is accepted with warning 18155, and hides the listing", async () => {
    await patch("A", offer({ minimum_seller_allowed_price: amount(18) }));
    await eventually(() => expect(shown()).toEqual(priced("19.90", null)));
    expect((await patch("A", offer({ our_price: amount(5) }))).body).toMatchObject({
      status: "ACCEPTED",
      issues: [{ code: "18155", severity: "WARNING" }],
    });
    await eventually(() => expect(shown()).toEqual(priced("5.00", null)));
    expect(await read("A", "summaries,issues")).toMatchObject({
      summaries: [{ status: ["DISCOVERABLE"] }],
      issues: [{ code: "18155" }],
    });
  });

  it.each([
    ["no price", offer({ our_price: [] })],
    ["a price of nothing", offer({ our_price: [{ schedule: [{ value_with_tax: 0 }] }] })],
    ["a price in text", offer({ our_price: [{ schedule: [{ value_with_tax: "19.90" }] }] })],
    ["another marketplace", offer({ marketplace_id: "A2EUQ1WTGCTBG2" })],
    ["another currency", offer({ currency: "EUR" })],
    ["an empty sale", offer({ discounted_price: [{}] })],
    ["a sale that ends before it begins", offer(sale(day(2), day(1)))],
  ])("answers INVALID for %s", async (_case, body) => {
    expect((await patch("A", body)).body).toMatchObject({ status: "INVALID", issues: [{ severity: "ERROR" }] });
  });
});

describe("reading listings", () => {
  it("gives an FBA entry without a quantity", async () => {
    expect(await read("FBA-1")).toEqual({
      sku: "FBA-1",
      fulfillmentAvailability: [{ fulfillmentChannelCode: "AMAZON_NA" }],
    });
  });

  it("gives summaries unless other data is asked for", async () => {
    const { body } = await seller.call("GET", path("A"));
    expect(Object.keys(body)).toEqual(["sku", "summaries"]);
    expect(body).toMatchObject({ summaries: [{ productType: "HAT", status: ["BUYABLE", "DISCOVERABLE"] }] });
  });

  it("answers 404 for an unknown SKU", async () => {
    expect((await seller.call("GET", path("NOPE"))).status).toBe(404);
  });

  const search = (query: string) =>
    seller.call("GET", `/listings/2021-08-01/items/${seller.sellerId}?marketplaceIds=ATVPDKIKX0DER&${query}`);

  it("pages through all listings, each once", async () => {
    const first = (await search("pageSize=2")).body;
    const second = (await search(`pageSize=2&pageToken=${textAt(first, "pagination.nextToken")}`)).body;
    expect([first, second].flatMap((page) => listAt(page, "items").map((item) => textAt(item, "sku")))).toEqual([
      "A",
      "B/C (1)",
      "FBA-1",
    ]);
    expect(second["pagination"]).toEqual({});
  });

  const skusOf = (found: { readonly body: object }) => listAt(found.body, "items").map((item) => textAt(item, "sku"));

  it("orders them and begins with those created then", async () => {
    expect(skusOf(await search("sortBy=createdDate&sortOrder=ASC"))).toEqual(["A", "B/C (1)", "FBA-1"]);
    expect(skusOf(await search("sortBy=createdDate&sortOrder=DESC"))).toEqual(["FBA-1", "B/C (1)", "A"]);
    const { body } = await seller.call("GET", path("B/C (1)"));
    const created = textAt(body, "summaries.0.createdDate");
    const found = await search(`sortBy=createdDate&sortOrder=ASC&createdAfter=${created}`);
    expect(skusOf(found)).toEqual(["B/C (1)", "FBA-1"]);
    expect((await search("sortBy=price")).status).toBe(400);
    expect((await search("createdAfter=yesterday")).status).toBe(400);
  });

  it("has the barcode among the attributes of a listing that has one", async () => {
    expect(await read("A", "attributes")).toMatchObject({
      attributes: { externally_assigned_product_identifier: [{ type: "ean", value: "4006381333931" }] },
    });
    expect((await read("B/C (1)", "attributes"))["attributes"]).not.toHaveProperty(
      "externally_assigned_product_identifier",
    );
  });

  it("finds up to 20 SKUs by identifiers and refuses 21, pages of 21 and identifiers without their type", async () => {
    const found = (await search("identifiers=A,FBA-1,NOPE&identifiersType=SKU&includedData=fulfillmentAvailability"))
      .body;
    expect(found).toMatchObject({ numberOfResults: 2, items: [{ sku: "A" }, { sku: "FBA-1" }] });
    const skus = Array.from({ length: 21 }, (_, index) => `S${index}`).join(",");
    const statuses = [
      (await search(`identifiers=${skus}&identifiersType=SKU`)).status,
      (await search("identifiers=A")).status,
      (await search("pageSize=21")).status,
    ];
    expect(statuses).toEqual([400, 400, 400]);
  });
});
