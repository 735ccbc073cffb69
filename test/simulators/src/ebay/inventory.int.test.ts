import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEbay, type EbayBench } from "./testing.ts";

const bulk = "/sell/inventory/v1/bulk_update_price_quantity";
let ebay: EbayBench;
let token: string;

beforeEach(async () => {
  // A clock that stands still: no day ends unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  ebay = await openEbay([
    { sku: "A", quantity: 5 },
    { sku: "a/b +1", quantity: 2 },
    { sku: "C", quantity: 0 },
  ]);
  token = await ebay.userToken();
});

afterEach(async () => {
  vi.useRealTimers();
  await ebay.simulator.stop();
});

const update = (...requests: readonly object[]) => ebay.call("POST", bulk, { token, json: { requests } });
const offersOf = (sku: string) =>
  ebay.call("GET", `/sell/inventory/v1/offer?sku=${encodeURIComponent(sku)}`, { token });
const offerIdOf = async (sku: string): Promise<string> => (await offersOf(sku)).body.offers[0].offerId;
const shown = (sku: string) => ebay.simulator.stock("acme").find((stock) => stock.sku === sku)?.available;
const item = (sku: string, quantity: unknown) => ({ sku, shipToLocationAvailability: { quantity } });

describe("bulk_update_price_quantity", () => {
  it("shows the smaller of item quantity and offer quantity", async () => {
    const offerId = await offerIdOf("A");
    expect(await update(item("A", 9))).toMatchObject({
      status: 200,
      body: { responses: [{ sku: "A", statusCode: 200 }] },
    });
    expect(shown("A")).toBe(5);
    await update({ ...item("A", 9), offers: [{ offerId, availableQuantity: 7 }] });
    expect(shown("A")).toBe(7);
    await update(item("A", 3));
    expect(shown("A")).toBe(3);
    expect(ebay.events("quantity_written")).toMatchObject([
      { sku: "A", from: 5, to: 5 },
      { sku: "A", from: 5, to: 7 },
      { sku: "A", from: 7, to: 3 },
    ]);
  });

  it("takes each element on its own and answers 207 when one was refused", async () => {
    const offerId = await offerIdOf("a/b +1");
    const { status, body } = await update(item("A", 1), item("NOBODY", 1), item("C", -1), {
      ...item("a/b +1", 1),
      offers: [{ offerId, availableQuantity: 1 }],
    });
    expect(status).toBe(207);
    expect(body.responses).toMatchObject([
      { sku: "A", statusCode: 200 },
      { sku: "NOBODY", statusCode: 404, errors: [{ errorId: 25702, domain: "API_INVENTORY" }] },
      { sku: "C", statusCode: 400, errors: [{ errorId: 25709 }] },
      { sku: "a/b +1", offerId, statusCode: 200 },
    ]);
    expect([shown("A"), shown("C"), shown("a/b +1")]).toEqual([1, 0, 1]);
  });

  it("refuses an offer of another SKU, one named twice and a price that isn't text", async () => {
    const [offerId, other] = [await offerIdOf("A"), await offerIdOf("C")];
    const foreign = await update({ sku: "A", offers: [{ offerId: other, availableQuantity: 1 }] });
    expect(foreign.body.responses).toMatchObject([{ offerId: other, statusCode: 404, errors: [{ errorId: 25713 }] }]);
    const offer = { offerId, availableQuantity: 1 };
    const twice = await update({ sku: "A", offers: [offer, offer] });
    expect(twice.body.responses).toMatchObject([{ statusCode: 400, errors: [{ errorId: 25709 }] }]);
    const price = await update({ sku: "A", offers: [{ offerId, price: { value: 5, currency: "USD" } }] });
    expect(price.body.responses).toMatchObject([{ offerId, statusCode: 400, errors: [{ errorId: 25709 }] }]);
    expect(shown("A")).toBe(5);
    expect(ebay.events("quantity_written")).toEqual([]);
  });

  it("changes a price without counting as a quantity write", async () => {
    const offerId = await offerIdOf("A");
    await update({ sku: "A", offers: [{ offerId, price: { value: "21.50", currency: "USD" } }] });
    expect((await offersOf("A")).body.offers[0].pricingSummary.price).toEqual({ value: "21.50", currency: "USD" });
    expect(ebay.events("quantity_written")).toEqual([]);
  });

  it("takes 25 elements and refuses 26, and a SKU named twice, as a whole", async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => item(`N${index}`, 1));
    expect((await update(...many(25))).body.responses).toHaveLength(25);
    expect(await update(...many(26))).toMatchObject({ status: 400, body: { errors: [{ errorId: 25727 }] } });
    const twice = await update(item("A", 1), item("A", 2));
    expect(twice).toMatchObject({ status: 400, body: { errors: [{ errorId: 25734 }] } });
    expect(shown("A")).toBe(5);
  });

  it("freezes a listing after 250 revisions until the next day", async () => {
    for (let revision = 1; revision <= 250; revision += 1) await update(item("A", 1));
    const frozen = await update(item("A", 4), item("C", 4));
    expect(frozen.status).toBe(207);
    expect(frozen.body.responses).toMatchObject([
      { sku: "A", statusCode: 400, errors: [{ errorId: 25002, longMessage: expect.stringContaining("250") }] },
      { sku: "C", statusCode: 200 },
    ]);
    expect(shown("A")).toBe(1);
    vi.setSystemTime(new Date().setUTCHours(24, 0, 1, 0));
    token = await ebay.userToken();
    expect((await update(item("A", 4))).status).toBe(200);
    expect(shown("A")).toBe(4);
  });

  it("reads nothing but a JSON object sent as application/json", async () => {
    const json = { requests: [item("A", 1)] };
    const headers = { "content-type": "text/plain" };
    expect((await ebay.call("POST", bulk, { token, json, headers })).status).toBe(400);
    expect((await ebay.call("POST", bulk, { token, json: { requests: [] } })).status).toBe(400);
    expect(shown("A")).toBe(5);
  });
});

describe("reading", () => {
  it("pages items by page number, not by records skipped", async () => {
    const page = async (query: string) =>
      (await ebay.call("GET", `/sell/inventory/v1/inventory_item${query}`, { token })).body;
    const first = await page("?limit=2&offset=0");
    expect(first).toMatchObject({ total: 3, size: 2, next: expect.stringContaining("offset=1") });
    const second = await page("?limit=2&offset=1");
    expect(second.inventoryItems).toMatchObject([{ sku: "C" }]);
    expect(second.next).toBeUndefined();
    expect((await page("?limit=201")).errors[0].errorId).toBe(25709);
  });

  it("answers a bulk read one element at a time", async () => {
    const json = { requests: [{ sku: "A" }, { sku: "NOBODY" }] };
    const { status, body } = await ebay.call("POST", "/sell/inventory/v1/bulk_get_inventory_item", { token, json });
    expect(status).toBe(207);
    expect(body.responses).toMatchObject([
      {
        sku: "A",
        statusCode: 200,
        inventoryItem: { availability: { shipToLocationAvailability: { quantity: 5 } } },
      },
      { sku: "NOBODY", statusCode: 404, errors: [{ errorId: 25702 }] },
    ]);
  });

  it("gives a SKU's offer, 404 25713 where there is none, and an error when no SKU is named", async () => {
    expect((await offersOf("a/b +1")).body.offers).toMatchObject([
      { sku: "a/b +1", availableQuantity: 2, status: "PUBLISHED", listing: { listingStatus: "ACTIVE" } },
    ]);
    expect((await offersOf("C")).body.offers[0].listing.listingStatus).toBe("OUT_OF_STOCK");
    expect(await offersOf("NOBODY")).toMatchObject({ status: 404, body: { errors: [{ errorId: 25713 }] } });
    const nameless = await ebay.call("GET", "/sell/inventory/v1/offer", { token });
    expect(nameless).toMatchObject({ status: 400, body: { errors: [{ errorId: 25707 }] } });
  });

  it("calls a SKU of more than 50 letters invalid, and has no item with such a one", async () => {
    const [longest, tooLong] = ["x".repeat(50), "x".repeat(51)];
    expect((await offersOf(longest)).body.errors[0].errorId).toBe(25713);
    expect(await offersOf(tooLong)).toMatchObject({ status: 400, body: { errors: [{ errorId: 25707 }] } });
    const json = { requests: [{ sku: longest }, { sku: tooLong }] };
    const { body } = await ebay.call("POST", "/sell/inventory/v1/bulk_get_inventory_item", { token, json });
    expect(body.responses).toMatchObject([
      { statusCode: 404, errors: [{ errorId: 25702 }] },
      { statusCode: 400, errors: [{ errorId: 25708 }] },
    ]);
    await expect(openEbay([{ sku: tooLong, quantity: 1 }])).rejects.toThrow("can't be an inventory item");
  });

  it("finds an item by its encoded SKU and lists the warehouse", async () => {
    const path = `/sell/inventory/v1/inventory_item/${encodeURIComponent("a/b +1")}`;
    expect((await ebay.call("GET", path, { token })).body.sku).toBe("a/b +1");
    const { body } = await ebay.call("GET", "/sell/inventory/v1/location", { token });
    expect(body.locations).toMatchObject([{ merchantLocationKey: "warehouse-1" }]);
  });
});

describe("variations of one listing", () => {
  beforeEach(async () => {
    await ebay.simulator.stop();
    ebay = await openEbay(
      [
        { sku: "RED", quantity: 3 },
        { sku: "BLUE", quantity: 4 },
      ],
      { made: [{ by: "inventory", skus: ["RED", "BLUE"] }] },
    );
    token = await ebay.userToken();
  });

  it("are an item and an offer each, on the same listing and in the same group", async () => {
    const [red, blue] = await Promise.all(["RED", "BLUE"].map(async (sku) => (await offersOf(sku)).body.offers[0]));
    expect(red.offerId).not.toBe(blue.offerId);
    expect(red.listing.listingId).toBe(blue.listing.listingId);
    const { body } = await ebay.call("GET", "/sell/inventory/v1/inventory_item", { token });
    const groups = body.inventoryItems.map((each: { inventoryItemGroupKeys: string[] }) => each.inventoryItemGroupKeys);
    expect(groups[0]).toEqual(groups[1]);
  });

  it("share the 250 revisions of a day", async () => {
    for (let round = 1; round <= 125; round += 1) await update(item("RED", 1), item("BLUE", 1));
    const { body } = await update(item("RED", 2));
    expect(body.responses).toMatchObject([{ sku: "RED", statusCode: 400, errors: [{ errorId: 25002 }] }]);
  });

  it("are named by their number in orders", async () => {
    await ebay.simulator.placeOrder({ account: "acme", lines: [{ sku: "RED", quantity: 1 }] });
    const { body } = await ebay.call("GET", "/sell/fulfillment/v1/order", { token });
    expect(body.orders[0].lineItems).toMatchObject([
      { sku: "RED", legacyVariationId: expect.stringMatching(/^\d{12}$/u) },
    ]);
  });
});

it("takes one SKU a call where eBay is set to mean that", async () => {
  await ebay.simulator.stop();
  ebay = await openEbay(
    [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 1 },
    ],
    { oneSkuPerUpdate: true },
  );
  token = await ebay.userToken();
  expect(await update(item("A", 2), item("B", 2))).toMatchObject({
    status: 400,
    body: { errors: [{ errorId: 25727 }] },
  });
  expect((await update(item("A", 2))).status).toBe(200);
});
