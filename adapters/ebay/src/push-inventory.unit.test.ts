import { describe, expect, it } from "vitest";
import { call, channelErrorOf, ebay, listing, openSession, useNock } from "./testing/harness.ts";

useNock();

const PUSH = "/sell/inventory/v1/bulk_update_price_quantity";

function update(sku: string, quantity: number, ...offerIds: string[]) {
  return { listing: listing(sku, ...offerIds), quantity, expected: null, position: 7 };
}

function failed(errorId: number, longMessage = "words of eBay") {
  return { statusCode: 400, errors: [{ errorId, domain: "API_INVENTORY", category: "REQUEST", longMessage }] };
}

describe("pushing inventory", () => {
  it("sets the item's quantity and that of every offer, SKUs as they are", async () => {
    ebay()
      .post(PUSH, {
        requests: [
          {
            sku: "1e5",
            shipToLocationAvailability: { quantity: 4 },
            offers: [
              { offerId: "o-1", availableQuantity: 4 },
              { offerId: "o-2", availableQuantity: 4 },
            ],
          },
          {
            sku: "a/b",
            shipToLocationAvailability: { quantity: 0 },
            offers: [{ offerId: "o-3", availableQuantity: 0 }],
          },
        ],
      })
      .matchHeader("x-ebay-c-marketplace-id", "EBAY_US")
      .reply(200, {
        responses: [
          { sku: "a/b", offerId: "o-3", statusCode: 200 },
          { sku: "1e5", statusCode: 200 },
          { sku: "1e5", offerId: "o-1", statusCode: 200 },
          { sku: "1e5", offerId: "o-2", statusCode: 200 },
        ],
      });
    const { session, spent } = openSession();
    const outcomes = await session.pushInventory([update("1e5", 4, "o-1", "o-2"), update("a/b", 0, "o-3")], call());
    expect(outcomes).toEqual([{ status: "accepted" }, { status: "accepted" }]);
    expect(spent).toEqual([{ bucket: "inventory", cost: 1, urgency: "prompt" }]);
  });

  it("answers each listing on its own when eBay takes only some (207)", async () => {
    ebay()
      .post(PUSH)
      .reply(207, {
        responses: [
          { sku: "GOOD", statusCode: 200, warnings: [{ errorId: 25401, message: "ignored" }] },
          { sku: "GONE", ...failed(25702, "SKU could not be found.") },
          { sku: "BUSY", ...failed(25001) },
          { sku: "DOWN", statusCode: 500, errors: [] },
          { sku: "HALF", statusCode: 200 },
          { sku: "HALF", offerId: "o-5", ...failed(25713, "This Offer is not available.") },
        ],
      });
    const { session } = openSession();
    const skus = ["GOOD", "GONE", "BUSY", "DOWN", "HALF"];
    const outcomes = await session.pushInventory(
      skus.map((sku, index) => update(sku, 1, `o-${index + 1}`)),
      call(),
    );
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "25702", message: "SKU could not be found." },
      { status: "retry", code: "25001", message: "words of eBay" },
      { status: "retry", code: "500", message: "eBay gave no reason" },
      { status: "rejected", code: "25713", message: "This Offer is not available." },
    ]);
  });

  it("sends alone what eBay's answer passes over, and tries it again later when it does so once more", async () => {
    const taken = { responses: [{ sku: "A", statusCode: 200 }] };
    ebay()
      .post(PUSH, (body: { requests: object[] }) => body.requests.length === 3)
      .reply(200, taken);
    ebay()
      .post(PUSH, /"requests":\[{"sku":"B"[^}]*}[^}]*}]}]}$/)
      .reply(200, { responses: [{ sku: "B", statusCode: 200 }] });
    ebay()
      .post(PUSH, /"requests":\[{"sku":"C"/)
      .reply(200, taken);
    const outcomes = await openSession().session.pushInventory(
      ["A", "B", "C"].map((sku) => update(sku, 1, `o-${sku}`)),
      call(),
    );
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "accepted" },
      { status: "retry", code: "no_answer", message: "eBay's answer does not mention this SKU" },
    ]);
  });

  it.each([
    [25_004, "The quantity must be a valid number greater than 0."],
    [25_708, "Invalid SKU."],
    [25_709, "Invalid value for quantity."],
    [25_710, "We didn't find the resource you are requesting."],
    [25_759, "The quantity is less than what is allocated to an auction."],
  ])("passes on in eBay's words what is wrong for good (%i)", async (errorId, words) => {
    ebay()
      .post(PUSH)
      .reply(207, { responses: [{ sku: "A", ...failed(errorId, words) }] });
    const [outcome] = await openSession().session.pushInventory([update("A", 0, "o-1")], call());
    expect(outcome).toEqual({ status: "rejected", code: String(errorId), message: words });
  });

  it("takes an element with warnings, which eBay took all the same, for done", async () => {
    const warnings = [{ errorId: 25_401, category: "BUSINESS", message: "Invalid listing options have been removed." }];
    ebay()
      .post(PUSH)
      .reply(200, { responses: [{ sku: "A", offerId: "o-1", statusCode: 200, warnings, errors: [] }] });
    const outcomes = await openSession().session.pushInventory([update("A", 3, "o-1")], call());
    expect(outcomes).toEqual([{ status: "accepted" }]);
  });

  it("finds the listing of an entry that names only the offer", async () => {
    ebay()
      .post(PUSH)
      .reply(207, {
        responses: [
          { offerId: "o-1", ...failed(25713) },
          { sku: "A", statusCode: 200 },
          { sku: "B", statusCode: 200 },
        ],
      });
    const outcomes = await openSession().session.pushInventory([update("A", 1, "o-1"), update("B", 1, "o-2")], call());
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "accepted"]);
  });

  it("calls a listing wrong for good when one part of it is, whatever the other part says", async () => {
    ebay()
      .post(PUSH)
      .reply(207, {
        responses: [
          { sku: "A", ...failed(25001) },
          { sku: "A", offerId: "o-1", ...failed(25713) },
        ],
      });
    const [outcome] = await openSession().session.pushInventory([update("A", 1, "o-1")], call());
    expect(outcome).toMatchObject({ status: "rejected", code: "25713" });
  });

  it("tries again later when the listing's revisions are spent", async () => {
    const words = "A user error has occurred. You have exceeded the 250 revisions allowed per listing per day.";
    ebay()
      .post(PUSH)
      .reply(207, { responses: [{ sku: "A", ...failed(25002, words) }] });
    const [outcome] = await openSession().session.pushInventory([update("A", 1, "o-1")], call());
    expect(outcome).toEqual({ status: "retry", code: "revision_limit", message: words });
  });

  it.each([
    [21919144, "You have reached your revise limit.", 30_000],
    [518, "Call usage limit has been reached.", undefined],
  ])("is throttled by a limit of all calls, whatever listing eBay names it for (%i)", async (errorId, words, wait) => {
    ebay()
      .post(PUSH)
      .reply(207, { responses: [{ sku: "A", ...failed(errorId, words) }] });
    const error = await channelErrorOf(openSession().session.pushInventory([update("A", 1, "o-1")], call()));
    expect(error).toMatchObject({ failure: "rate_limited", code: String(errorId), retryAfterMs: wait });
  });

  it.each([
    { statusCode: 429, errors: [] },
    { statusCode: 400, errors: [{ errorId: 2001, message: "Too many requests." }] },
  ])("is throttled where an element of the answer is: %j", async (element) => {
    ebay()
      .post(PUSH)
      .reply(207, {
        responses: [
          { sku: "A", statusCode: 200 },
          { sku: "B", ...element },
        ],
      });
    const outcomes = await openSession().session.pushInventory([update("A", 1, "o-1"), update("B", 1, "o-2")], call());
    expect(outcomes).toEqual([{ status: "accepted" }, { status: "throttled", retryAfterMs: undefined }]);
  });

  it("keeps what was taken before a limit of all calls, and calls no further", async () => {
    const skus = Array.from({ length: 26 }, (_, index) => `SKU-${index}`);
    const answers = skus.map((sku, index) => ({ sku, ...(index === 0 ? { statusCode: 200 } : failed(21919144)) }));
    ebay()
      .post(PUSH)
      .reply(207, { responses: answers.slice(0, 24) });
    const outcomes = await openSession().session.pushInventory(
      skus.map((sku, index) => update(sku, 1, `o-${index}`)),
      call(),
    );
    const turnedAway = skus.slice(1).map(() => ({ status: "throttled", retryAfterMs: 30_000 }));
    expect(outcomes).toEqual([{ status: "accepted" }, ...turnedAway]);
  });

  it("takes any other user error for wrong for good", async () => {
    ebay()
      .post(PUSH)
      .reply(207, { responses: [{ sku: "A", ...failed(25002, "A user error has occurred. The listing has ended.") }] });
    const [outcome] = await openSession().session.pushInventory([update("A", 1, "o-1")], call());
    expect(outcome).toMatchObject({ status: "rejected", code: "25002" });
  });

  it("sends each SKU alone where eBay means one a call", async () => {
    ebay()
      .post(PUSH, (body: { requests: object[] }) => body.requests.length === 2)
      .reply(400, { errors: [{ errorId: 25727, message: "The number of InventoryItems exceeds the maximum." }] });
    for (const sku of ["A", "B"]) {
      ebay()
        .post(
          PUSH,
          (body: { requests: { sku: string }[] }) => body.requests.length === 1 && body.requests[0]?.sku === sku,
        )
        .reply(200, { responses: [{ sku, statusCode: 200 }] });
    }
    const outcomes = await openSession().session.pushInventory([update("A", 1), update("B", 2)], call());
    expect(outcomes).toEqual([{ status: "accepted" }, { status: "accepted" }]);
  });

  it("finds the one SKU for which eBay refuses the whole call", async () => {
    const refused = { errors: [{ errorId: 25709, message: "Invalid value." }] };
    ebay().post(PUSH).reply(400, refused);
    ebay()
      .post(PUSH, /"sku":"A"/)
      .reply(200, { responses: [{ sku: "A", statusCode: 200 }] });
    ebay()
      .post(PUSH, /"sku":"B"/)
      .reply(400, refused);
    const outcomes = await openSession().session.pushInventory([update("A", 1), update("B", 2)], call());
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "25709", message: "25709: Invalid value." },
    ]);
  });

  it("refuses a listing that an import of another version noted", async () => {
    const old = { ...update("A", 1), listing: { ...listing("A"), external: { offerIds: ["o-1"] } } };
    const error = await channelErrorOf(openSession().session.pushInventory([old], call()));
    expect(error).toMatchObject({ failure: "rejected", code: "not_imported" });
  });
});
