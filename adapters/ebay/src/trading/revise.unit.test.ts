import type { Pacer } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  credentials,
  ebay,
  listed,
  listing,
  openSession,
  trading,
  tradingAnswer,
  tradingError,
  useNock,
} from "../testing/harness.ts";

useNock();

const PUSH = "/sell/inventory/v1/bulk_update_price_quantity";
const CALL = "ReviseInventoryStatus";

function update(itemId: string, quantity: number, variationSku: string | null = null) {
  return { listing: listed(itemId, variationSku), quantity, expected: null, position: 7 };
}

function revised(...itemIds: string[]): string {
  return itemIds
    .map((id) => `<InventoryStatus><ItemID>${id}</ItemID><Quantity>1</Quantity></InventoryStatus>`)
    .join("");
}

function push(...updates: ReturnType<typeof update>[]) {
  return openSession().session.pushInventory(updates, call());
}

/** Has no room within the call's time. */
const heldPacer: Pacer = {
  spend: (_bucket, _work, options) =>
    new Promise((_resolve, reject) => {
      options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
    }),
  observe: () => undefined,
};

describe("pushing to listings made elsewhere", () => {
  it("names a listing by its item, a variation by item and SKU, and sends the units to be had now", async () => {
    const { session, spent } = openSession();
    trading(
      CALL,
      /<InventoryStatus><ItemID>220<\/ItemID><Quantity>4<\/Quantity><\/InventoryStatus><InventoryStatus><ItemID>221<\/ItemID><SKU>A&amp;B &lt;1e5&gt;<\/SKU><Quantity>0<\/Quantity>/,
    ).reply(200, tradingAnswer(CALL, revised("220", "221")));
    const outcomes = await session.pushInventory([update("220", 4), update("221", 0, "A&B <1e5>")], call());
    expect(outcomes).toEqual([{ status: "accepted" }, { status: "accepted" }]);
    expect(spent).toEqual([{ bucket: "trading", cost: 1, urgency: "prompt" }]);
  });

  it("revises four a call", async () => {
    trading(CALL, /220.*221.*222.*223<\/ItemID>/).reply(200, tradingAnswer(CALL, ""));
    trading(CALL, /^(?!.*220).*224/).reply(200, tradingAnswer(CALL, ""));
    const outcomes = await push(...["220", "221", "222", "223", "224"].map((id) => update(id, 1)));
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => ({ status: "accepted" })));
  });

  it("takes a warning for what it is: done, with a remark", async () => {
    const remark = tradingError("21917091", "Requested Quantity revision is redundant.").replace(
      "<SeverityCode>Error",
      "<SeverityCode>Warning",
    );
    trading(CALL).reply(200, tradingAnswer(CALL, remark, "Warning"));
    expect(await push(update("220", 1))).toEqual([{ status: "accepted" }]);
  });

  it("asks again, one by one, for those of a partial failure that were not revised", async () => {
    const ended = tradingError("291", "The listing has ended.");
    trading(CALL, /220.*221.*222/).reply(200, tradingAnswer(CALL, ended + revised("220"), "PartialFailure"));
    trading(CALL, /^(?!.*220).*221/).reply(200, tradingAnswer(CALL, ended, "Failure"));
    trading(CALL, /^(?!.*220).*222/).reply(200, tradingAnswer(CALL, revised("222")));
    expect(await push(update("220", 1), update("221", 1), update("222", 1))).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "291", message: "291: The listing has ended." },
      { status: "accepted" },
    ]);
  });

  it("tries again later when the listing's revisions of the day are spent", async () => {
    const words = "You have exceeded the number of times this listing can be revised in one day.";
    trading(CALL).reply(200, tradingAnswer(CALL, tradingError("21919165", words), "Failure"));
    expect(await push(update("220", 1))).toMatchObject([{ status: "retry", code: "revision_limit" }]);
  });

  it.each([
    ["515", "The quantity must be a valid number greater than 0."],
    ["21916583", "The quantity of a listing that had variations can't be 0."],
  ])("passes on in eBay's words that 0 is refused where out-of-stock control is off (%s)", async (code, words) => {
    trading(CALL).reply(200, tradingAnswer(CALL, tradingError(code, words), "Failure"));
    expect(await push(update("220", 0))).toEqual([{ status: "rejected", code, message: `${code}: ${words}` }]);
  });

  it("is beside the Inventory API's in one push, each in its place", async () => {
    ebay()
      .post(PUSH)
      .reply(200, { responses: [{ sku: "A", statusCode: 200 }] });
    trading(CALL, /220/).reply(200, tradingAnswer(CALL, tradingError("17", "No such item."), "Failure"));
    const ofInventory = { listing: listing("A", "o-1"), quantity: 1, expected: null, position: 7 };
    expect(await push(update("220", 1), ofInventory)).toMatchObject([{ status: "rejected" }, { status: "accepted" }]);
  });

  it("says of what its limit turned away that it is throttled, beside what was taken", async () => {
    ebay()
      .post(PUSH)
      .reply(200, { responses: [{ sku: "A", statusCode: 200 }] });
    trading(CALL).reply(200, tradingAnswer(CALL, tradingError("518"), "Failure"));
    const ofInventory = { listing: listing("A", "o-1"), quantity: 1, expected: null, position: 7 };
    const others = ["220", "221", "222", "223", "224"].map((id) => update(id, 1));
    const outcomes = await push(ofInventory, ...others);
    expect(outcomes).toEqual([
      { status: "accepted" },
      ...others.map(() => ({ status: "throttled", retryAfterMs: undefined })),
    ]);
  });

  it("is no outage of the channel when the day's pace is waited for in vain", async () => {
    const { session } = openSession(credentials, heldPacer);
    const error = await channelErrorOf(session.pushInventory([update("220", 1)], call(20)));
    expect(error).toMatchObject({ failure: "rate_limited", code: "day_spent", retryAfterMs: undefined });
  });
});

describe("reading listings made elsewhere", () => {
  const item = (fields: string) => tradingAnswer("GetItem", `<Item><ItemID>220</ItemID>${fields}</Item>`);

  it("asks once a listing, whatever number of its variations is wanted", async () => {
    trading("GetItem", /<ItemID>220</).reply(
      200,
      item(`<Quantity>9</Quantity><Variations>
        <Variation><SKU>1e5</SKU><Quantity>5</Quantity><SellingStatus><QuantitySold>1</QuantitySold></SellingStatus></Variation>
        <Variation><SKU>007</SKU><Quantity>4</Quantity><SellingStatus><QuantitySold>4</QuantitySold></SellingStatus></Variation></Variations>`),
    );
    const listings = [listed("220", "007"), listed("220", "1e5"), listed("220", "GONE"), listed("220")];
    expect(await openSession().session.readInventory(listings, call())).toEqual([
      { status: "read", available: 0, reserved: null },
      { status: "read", available: 4, reserved: null },
      { status: "missing", message: "the listing 220 has no variation GONE" },
      { status: "missing", message: "the listing 220 has no variation to be told apart" },
    ]);
  });

  it("reads the others when eBay has trouble with one", async () => {
    const trouble = tradingError("10007", "Internal error.", "SystemError");
    trading("GetItem", /220/).reply(200, tradingAnswer("GetItem", trouble, "Failure"));
    trading("GetItem", /221/).reply(
      200,
      tradingAnswer("GetItem", "<Item><ItemID>221</ItemID><Quantity>5</Quantity></Item>"),
    );
    expect(await openSession().session.readInventory([listed("220"), listed("221")], call())).toEqual([
      { status: "unread", code: "10007", message: "10007: Internal error." },
      { status: "read", available: 5, reserved: null },
    ]);
  });

  it("tells an ended listing and an unknown item from one with nothing left", async () => {
    trading("GetItem", /220/).reply(
      200,
      item("<Quantity>5</Quantity><SellingStatus><ListingStatus>Completed</ListingStatus></SellingStatus>"),
    );
    trading("GetItem", /221/).reply(200, tradingAnswer("GetItem", tradingError("17", "No such item."), "Failure"));
    const read = await openSession().session.readInventory([listed("220"), listed("221")], call());
    expect(read).toEqual([
      { status: "missing", message: "the listing 220 has ended" },
      { status: "missing", message: "eBay has no item 221" },
    ]);
  });
});
