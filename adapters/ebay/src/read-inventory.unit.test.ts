import { describe, expect, it } from "vitest";
import { z } from "zod";
import { call, channelErrorOf, ebay, listing, openSession, useNock } from "./testing/harness.ts";

useNock();

const Requests = z.object({ requests: z.array(z.object({ sku: z.string() })) });
const READ = "/sell/inventory/v1/bulk_get_inventory_item";
const live = { offerId: "o-1", marketplaceId: "EBAY_US", format: "FIXED_PRICE", status: "PUBLISHED" };

function item(sku: string, quantity?: number) {
  return {
    sku,
    statusCode: 200,
    inventoryItem: { availability: { shipToLocationAvailability: quantity === undefined ? {} : { quantity } } },
  };
}

function offers(sku: string, ...found: object[]) {
  ebay().get("/sell/inventory/v1/offer").query({ sku }).reply(200, { total: found.length, offers: found });
}

describe("reading inventory back", () => {
  it("tells what buyers can buy: the lower of item and offer, in input order", async () => {
    ebay()
      .post(READ, { requests: [{ sku: "1e5" }, { sku: "a/b" }, { sku: "NOCAP" }] })
      .reply(200, { responses: [item("NOCAP", 9), item("a/b", 2), item("1e5", 7)] });
    offers("1e5", { ...live, availableQuantity: 3 });
    offers("a/b", { ...live, availableQuantity: 50 });
    offers("NOCAP", live);
    const { session } = openSession();
    const outcomes = await session.readInventory([listing("1e5"), listing("a/b"), listing("NOCAP")], call());
    expect(outcomes).toEqual([
      { status: "read", available: 3, reserved: null },
      { status: "read", available: 2, reserved: null },
      { status: "read", available: 9, reserved: null },
    ]);
  });

  it("tells a missing SKU, a listing not on sale here, and an item without quantity from a zero", async () => {
    ebay()
      .post(READ)
      .reply(207, {
        responses: [
          { sku: "GONE", statusCode: 404, errors: [{ errorId: 25702, message: "SKU could not be found." }] },
          item("DRAFT", 5),
          item("NONE", 5),
          item("BARE"),
          item("ZERO", 0),
        ],
      });
    offers(
      "DRAFT",
      { ...live, status: "UNPUBLISHED" },
      { ...live, marketplaceId: "EBAY_DE" },
      { ...live, format: "AUCTION" },
    );
    ebay()
      .get("/sell/inventory/v1/offer")
      .query({ sku: "NONE" })
      .reply(404, { errors: [{ errorId: 25713, message: "This Offer is not available." }] });
    offers("BARE", live);
    offers("ZERO", { ...live, availableQuantity: 4 });
    const { session } = openSession();
    const outcomes = await session.readInventory(
      ["GONE", "DRAFT", "NONE", "BARE", "ZERO"].map((sku) => listing(sku)),
      call(),
    );
    expect(outcomes).toEqual([
      { status: "missing", message: "SKU could not be found." },
      { status: "missing", message: "no published offer on EBAY_US" },
      { status: "missing", message: "no published offer on EBAY_US" },
      { status: "untracked" },
      { status: "read", available: 0, reserved: null },
    ]);
  });

  it("asks for 25 SKUs a call at most", async () => {
    const skus = Array.from({ length: 26 }, (_, index) => `S${index}`);
    const sizes: number[] = [];
    ebay()
      .post(READ)
      .twice()
      .reply(200, async (request: Request) => {
        const { requests } = Requests.parse(await request.json());
        sizes.push(requests.length);
        return { responses: requests.map(({ sku }) => item(sku, 1)) };
      });
    for (const sku of skus) offers(sku, live);
    const outcomes = await openSession().session.readInventory(
      skus.map((sku) => listing(sku)),
      call(),
    );
    expect(outcomes).toHaveLength(26);
    expect(sizes).toEqual([25, 1]);
  });

  const trouble = { errors: [{ errorId: 25001, longMessage: "A system error has occurred." }] };

  it("reads the others when eBay has trouble with an item, leaves one out, or has trouble with the offers of one", async () => {
    ebay()
      .post(READ)
      .reply(207, { responses: [{ sku: "SICK", statusCode: 500, ...trouble }, item("NO-OFFERS", 3), item("WELL", 4)] });
    ebay().get("/sell/inventory/v1/offer").query({ sku: "NO-OFFERS" }).reply(500, trouble);
    offers("WELL", live);
    const listings = ["SICK", "LEFT-OUT", "NO-OFFERS", "WELL"].map((sku) => listing(sku));
    expect(await openSession().session.readInventory(listings, call())).toEqual([
      { status: "unread", code: "25001", message: "eBay could not read SICK: A system error has occurred." },
      { status: "unread", code: "no_answer", message: "eBay could not read LEFT-OUT: eBay gave no reason" },
      { status: "unread", code: "25001", message: "25001: A system error has occurred." },
      { status: "read", available: 4, reserved: null },
    ]);
  });

  it.each([503, 404])("fails as a whole when not eBay but its edge answers for the offers (%i)", async (status) => {
    ebay()
      .post(READ)
      .reply(200, { responses: [item("A", 3)] });
    ebay().get("/sell/inventory/v1/offer").query({ sku: "A" }).reply(status, "<html>not now</html>");
    const error = await channelErrorOf(openSession().session.readInventory([listing("A")], call()));
    expect(error).toMatchObject({ failure: "unavailable", code: String(status) });
  });
});
