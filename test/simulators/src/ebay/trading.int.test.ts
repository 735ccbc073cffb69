import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEbay, scope, type EbayBench } from "./testing.ts";

const CALL = "ReviseInventoryStatus";
const made = [
  { by: "trading", skus: ["1e5"] },
  { by: "trading", skus: ["RED", "BLUE"] },
] as const;
const listings = [
  { sku: "1e5", quantity: 5, title: "Cap & hat", barcode: "4006381333931" },
  { sku: "RED", quantity: 3 },
  { sku: "BLUE", quantity: 4 },
  { sku: "INV", quantity: 7 },
];

let ebay: EbayBench;
let token: string;

async function open(options: Parameters<typeof openEbay>[1] = {}) {
  ebay = await openEbay(listings, { made, ...options });
  token = await ebay.userToken();
}

beforeEach(async () => {
  // A clock that stands still: no day ends unless a test moves it.
  vi.useFakeTimers({ toFake: ["Date"] });
  await open();
});
afterEach(async () => {
  vi.useRealTimers();
  await ebay.simulator.stop();
});

const shown = (sku: string) => ebay.simulator.stock("acme").find((stock) => stock.sku === sku)?.available;
const valuesOf = (xml: string, tag: string) =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "gu"))].map((m) => m[1]);
const ack = (xml: string) => valuesOf(xml, "Ack")[0];
const codes = (xml: string) => valuesOf(xml, "ErrorCode");
const status = (itemId: string | undefined, fields: string) =>
  `<InventoryStatus><ItemID>${itemId}</ItemID>${fields}</InventoryStatus>`;
const revise = (...entries: string[]) => ebay.trading(CALL, entries.join(""), { token });

/** The running listings, whoever made them. */
async function list(page = 1, perPage = 200) {
  const [from, to] = [Date.now(), Date.now() + 119 * 86_400_000].map((at) => new Date(at).toISOString());
  return ebay.trading(
    "GetSellerList",
    `<IncludeVariations>true</IncludeVariations><EndTimeFrom>${from}</EndTimeFrom><EndTimeTo>${to}</EndTimeTo>
     <Pagination><EntriesPerPage>${perPage}</EntriesPerPage><PageNumber>${page}</PageNumber></Pagination>`,
    { token },
  );
}

const itemIds = async () => valuesOf(await list(), "ItemID");

describe("a Trading call", () => {
  it.each([
    ["no token", {}, "930"],
    ["a token never made", { "x-ebay-api-iaf-token": "made-up" }, "21916984"],
    ["no site", { "x-ebay-api-siteid": "US" }, "10012"],
    ["an unknown call", { "x-ebay-api-call-name": "DeleteEverything" }, "10012"],
  ])("with %s is refused in a 200", async (_, headers, code) => {
    const xml = await ebay.trading("GetItem", "<ItemID>1</ItemID>", { headers });
    expect([ack(xml), codes(xml)]).toEqual(["Failure", [code]]);
  });

  it("as the application is refused, for it is no user", async () => {
    const xml = await ebay.trading("GetItem", "", { token: await ebay.applicationToken() });
    expect(codes(xml)).toEqual(["21916984"]);
  });

  it("is refused once its seller took the access back", async () => {
    ebay.simulator.fault({ operation: "GetItem", effect: { type: "revoke" } });
    expect(codes(await ebay.trading("GetItem", "", { token }))).toEqual(["21917053"]);
  });

  it("must be well-formed XML of its own name", async () => {
    expect(codes(await ebay.trading("GetItem", "<ItemID>1", { token }))).toEqual(["5"]);
    const other = await ebay.trading("GetItem", "", { token, headers: { "x-ebay-api-call-name": CALL } });
    expect(codes(other)).toEqual(["5"]);
  });

  it("over the day's limit of all calls together is refused with 518, and so the Analytics API tells", async () => {
    await ebay.simulator.stop();
    await open({ scaleLimits: 0.001 });
    for (let call = 1; call <= 5; call += 1) expect(ack(await list())).toBe("Success");
    expect(codes(await list())).toEqual(["518"]);
    expect(ebay.events("call").at(-1)).toMatchObject({ operation: "GetSellerList", status: 200, throttled: true });
    const path = "/developer/analytics/v1_beta/rate_limit/?api_context=tradingapi&api_name=TradingAPI";
    const { body } = await ebay.call("GET", path, { token: await ebay.applicationToken() });
    expect(body.rateLimits[0].resources[0].rates[0]).toMatchObject({ limit: 5, remaining: 0 });
  });
});

describe("GetSellerList and GetItem", () => {
  it("tell every running listing, the Inventory API's too, with variations under their listing", async () => {
    const xml = await list();
    expect(valuesOf(xml, "SKU")).toEqual(["1e5", "RED", "BLUE", "INV"]);
    expect(await itemIds()).toHaveLength(3);
    expect(xml).toContain("<Title>Cap &amp; hat</Title>");
    expect(valuesOf(xml, "UPC")).toEqual(["4006381333931"]);
  });

  it("page from 1", async () => {
    expect(valuesOf(await list(1, 2), "SKU")).toEqual(["1e5", "RED", "BLUE"]);
    const second = await list(2, 2);
    expect(valuesOf(second, "SKU")).toEqual(["INV"]);
    expect(valuesOf(second, "TotalNumberOfPages")).toEqual(["2"]);
    expect(codes(await list(0))).toEqual(["37"]);
    expect(codes(await list(1, 201))).toEqual(["37"]);
  });

  it("count sold units in Quantity, and beside it", async () => {
    await ebay.simulator.placeOrder({ account: "acme", lines: [{ sku: "1e5", quantity: 2 }] });
    const [itemId] = await itemIds();
    const xml = await ebay.trading("GetItem", `<ItemID>${itemId}</ItemID>`, { token });
    expect([valuesOf(xml, "Quantity"), valuesOf(xml, "QuantitySold")]).toEqual([["5"], ["2"]]);
    expect(shown("1e5")).toBe(3);
  });

  it("have their group's name for a SKU where they are the Inventory API's and have variations", async () => {
    await ebay.simulator.stop();
    await open({
      made: [
        { by: "inventory", skus: ["RED", "BLUE"] },
        { by: "trading", skus: ["1e5", "INV"] },
      ],
    });
    const skus = valuesOf(await list(), "SKU");
    expect(skus).toEqual(["1e5", "INV", expect.stringMatching(/^group-\d{12}$/u), "RED", "BLUE"]);
  });

  it("know no other seller's listing", async () => {
    await ebay.simulator.addAccount({ account: "other", listings: [{ sku: "X", quantity: 1 }] });
    expect(codes(await ebay.trading("GetItem", "<ItemID>123456789012</ItemID>", { token }))).toEqual(["17"]);
  });
});

describe("the Inventory API", () => {
  it("does not know listings made elsewhere", async () => {
    const { body } = await ebay.call("GET", "/sell/inventory/v1/inventory_item", { token });
    expect(body.inventoryItems.map(({ sku }: { sku: string }) => sku)).toEqual(["INV"]);
    const offer = await ebay.call("GET", "/sell/inventory/v1/offer?sku=RED", { token });
    expect(offer).toMatchObject({ status: 404, body: { errors: [{ errorId: 25713 }] } });
    const json = { requests: [{ sku: "RED", shipToLocationAvailability: { quantity: 1 } }] };
    const update = await ebay.call("POST", "/sell/inventory/v1/bulk_update_price_quantity", { token, json });
    expect(update.body.responses).toMatchObject([{ sku: "RED", errors: [{ errorId: 25702 }] }]);
  });
});

describe("ReviseInventoryStatus", () => {
  it("sets the units to be had now, after sales too", async () => {
    const [cap, shirts] = await itemIds();
    await ebay.simulator.placeOrder({ account: "acme", lines: [{ sku: "1e5", quantity: 2 }] });
    const xml = await revise(
      status(cap, "<Quantity>4</Quantity>"),
      status(shirts, "<SKU>RED</SKU><Quantity>0</Quantity>"),
    );
    expect(ack(xml)).toBe("Success");
    expect([shown("1e5"), shown("RED"), shown("BLUE")]).toEqual([4, 0, 4]);
    // What it answers is the total, as everywhere in this API.
    expect(valuesOf(xml, "Quantity")).toEqual(["6", "0"]);
  });

  it("takes a price with the listing's currency, and counts it as no quantity write", async () => {
    const [cap] = await itemIds();
    expect(ack(await revise(status(cap, '<StartPrice currencyID="USD">21.50</StartPrice>')))).toBe("Success");
    expect(codes(await revise(status(cap, '<StartPrice currencyID="EUR">21.50</StartPrice>')))).toEqual(["37"]);
    expect(ebay.simulator.prices?.("acme")).toMatchObject([{ sku: "1e5", price: { amount: "21.50" } }, {}, {}, {}]);
    expect(ebay.events("quantity_written")).toEqual([]);
  });

  it("takes four a call and no fifth", async () => {
    const [cap] = await itemIds();
    const one = status(cap, "<Quantity>1</Quantity>");
    expect(ack(await revise(one, one, one, one))).toBe("Success");
    expect(codes(await revise(one, one, one, one, one))).toEqual(["37"]);
  });

  it("takes 1,200 calls of a seller at once, then 40 a second", async () => {
    await ebay.simulator.stop();
    await open({ scaleLimits: 0.01 });
    const [cap] = await itemIds();
    for (let call = 1; call <= 12; call += 1) {
      expect(ack(await revise(status(cap, `<Quantity>${call}</Quantity>`)))).toBe("Success");
    }
    expect(codes(await revise(status(cap, "<Quantity>1</Quantity>")))).toEqual(["21919144"]);
    expect(shown("1e5")).toBe(12);
    expect(ebay.events("call").at(-1)).toMatchObject({ operation: CALL, throttled: true });
    expect(await itemIds()).toContain(cap);
    vi.setSystemTime(Date.now() + 3_000);
    expect(ack(await revise(status(cap, "<Quantity>1</Quantity>")))).toBe("Success");
  });

  it("takes each on its own: PartialFailure, and the answer lists those it took", async () => {
    const [cap, shirts, inventory] = await itemIds();
    const xml = await revise(
      status(cap, "<Quantity>1</Quantity>"),
      status(shirts, "<Quantity>1</Quantity>"),
      status(shirts, "<SKU>GREEN</SKU><Quantity>1</Quantity>"),
      status(inventory, "<Quantity>1</Quantity>"),
    );
    expect([ack(xml), codes(xml), valuesOf(xml, "ItemID")]).toEqual([
      "PartialFailure",
      ["37", "21916799", "21919474"],
      [cap],
    ]);
    expect([shown("1e5"), shown("RED"), shown("INV")]).toEqual([1, 3, 7]);
  });

  it.each(["-1", "1.5", "many"])("refuses %s as a quantity", async (quantity) => {
    const [cap] = await itemIds();
    expect(codes(await revise(status(cap, `<Quantity>${quantity}</Quantity>`)))).toEqual(["37"]);
  });

  it("shares a listing's 250 revisions of the day among its variations", async () => {
    const [cap, shirts] = await itemIds();
    const four = Array.from({ length: 4 }, (_, index) => {
      return status(shirts, `<SKU>${index % 2 === 0 ? "RED" : "BLUE"}</SKU><Quantity>1</Quantity>`);
    });
    for (let call = 1; call <= 62; call += 1) await revise(...four);
    expect(ack(await revise(...four.slice(0, 2)))).toBe("Success");
    const frozen = await revise(...four.slice(0, 1), status(cap, "<Quantity>2</Quantity>"));
    expect([ack(frozen), codes(frozen)]).toEqual(["PartialFailure", ["21919165"]]);
    expect(shown("1e5")).toBe(2);
  });
});

describe("out-of-stock control", () => {
  const preferences = (call: string, fields: string) => ebay.trading(call, fields, { token });

  it("is told when asked for, and can be set", async () => {
    const show = "<ShowOutOfStockControlPreference>true</ShowOutOfStockControlPreference>";
    expect(valuesOf(await preferences("GetUserPreferences", ""), "OutOfStockControlPreference")).toEqual([]);
    expect(valuesOf(await preferences("GetUserPreferences", show), "OutOfStockControlPreference")).toEqual(["true"]);
    const off = "<OutOfStockControlPreference>false</OutOfStockControlPreference>";
    expect(ack(await preferences("SetUserPreferences", off))).toBe("Success");
    expect(valuesOf(await preferences("GetUserPreferences", show), "OutOfStockControlPreference")).toEqual(["false"]);
  });

  describe("when off", () => {
    beforeEach(async () => {
      await ebay.simulator.stop();
      await open({ outOfStockControl: false });
    });

    it("refuses 0 on a listing of its own, and ends one whose last unit is sold", async () => {
      const [cap] = await itemIds();
      expect(codes(await revise(status(cap, "<Quantity>0</Quantity>")))).toEqual(["515"]);
      await ebay.simulator.placeOrder({ account: "acme", lines: [{ sku: "1e5", quantity: 5 }] });
      expect(codes(await revise(status(cap, "<Quantity>5</Quantity>")))).toEqual(["291"]);
      expect(await itemIds()).not.toContain(cap);
      const xml = await ebay.trading("GetItem", `<ItemID>${cap}</ItemID>`, { token });
      expect(valuesOf(xml, "ListingStatus")).toEqual(["Completed"]);
    });

    it("ends variations together, when the last of them is gone", async () => {
      const [, shirts] = await itemIds();
      await revise(status(shirts, "<SKU>RED</SKU><Quantity>0</Quantity>"));
      expect(await itemIds()).toContain(shirts);
      await revise(status(shirts, "<SKU>BLUE</SKU><Quantity>0</Quantity>"));
      expect(await itemIds()).not.toContain(shirts);
    });

    it("ends an Inventory API listing at 0, and its offer is unpublished", async () => {
      const json = { requests: [{ sku: "INV", shipToLocationAvailability: { quantity: 0 } }] };
      await ebay.call("POST", "/sell/inventory/v1/bulk_update_price_quantity", { token, json });
      const { body } = await ebay.call("GET", "/sell/inventory/v1/offer?sku=INV", { token });
      expect(body.offers).toMatchObject([{ status: "UNPUBLISHED", listing: { listingStatus: "ENDED" } }]);
    });
  });
});

it("needs no more than the base scope", async () => {
  const xml = await ebay.trading("GetUserPreferences", "", { token: await ebay.userToken(scope) });
  expect(ack(xml)).toBe("Success");
});
