import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { openWalmart, type WalmartBench } from "./testing.ts";

let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart(
    [
      { sku: "A", quantity: 5 },
      { sku: "B", quantity: 5 },
    ],
    { feedDelayMs: 40 },
  );
});

afterEach(() => walmart.simulator.stop());

const shown = (sku: string) => walmart.simulator.stock("acme").find((stock) => stock.sku === sku)?.available;
const each = (amount: number) => ({ unit: "EACH", amount });

function submit(feedType: string, file: object | string, part = "file") {
  const body = new FormData();
  body.set(part, new Blob([typeof file === "string" ? file : JSON.stringify(file)]), "feed.json");
  return walmart.call("POST", `/v3/feeds?feedType=${feedType}`, { body });
}

const status = async (feedId: string, query = "includeDetails=true") =>
  (await walmart.call("GET", `/v3/feeds/${encodeURIComponent(feedId)}?${query}`)).body;

/** Submits, waits until the feed has reached its end, and returns its status. */
async function processed(feedType: string, file: object | string) {
  const { feedId } = (await submit(feedType, file)).body;
  await eventually(async () => expect((await status(feedId)).feedStatus).toMatch(/PROCESSED|ERROR/));
  return status(feedId);
}

describe("an inventory feed", () => {
  const file = { InventoryHeader: { version: "1.4" }, Inventory: [{ sku: "A", quantity: each(1) }] };

  it("is received at once and not yet applied", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 5 }], { feedDelayMs: 60_000 });
    const { feedId } = (await submit("inventory", file)).body;
    expect(feedId).toMatch(/@AUoBAQA$/);
    expect(await status(feedId)).toMatchObject({ feedStatus: "RECEIVED" });
    expect(shown("A")).toBe(5);
  });

  it("is applied later, over a newer direct write", async () => {
    await walmart.simulator.stop();
    // Long enough for the write to come before the rows apply, also on a busy machine.
    walmart = await openWalmart([{ sku: "A", quantity: 5 }], { feedDelayMs: 3_000 });
    const { feedId } = (await submit("inventory", file)).body;
    await walmart.call("PUT", "/v3/inventory?sku=A", { json: { sku: "A", quantity: each(9) } });
    expect(shown("A")).toBe(9);
    await eventually(async () => expect((await status(feedId)).feedStatus).toBe("PROCESSED"));
    expect(shown("A")).toBe(1);
    expect(walmart.events("quantity_written")).toMatchObject([{ to: 9 }, { from: 9, to: 1 }]);
  });

  it("is PROCESSED also when rows failed: each row has its own status", async () => {
    const rows = [
      { sku: "A", quantity: each(2) },
      { sku: "NOBODY", quantity: each(2) },
      { sku: "B", quantity: each(-2) },
      { quantity: each(2) },
    ];
    const feed = await processed("inventory", { InventoryHeader: { version: "1.4" }, Inventory: rows });
    expect(feed).toMatchObject({
      feedStatus: "PROCESSED",
      itemsReceived: 4,
      itemsSucceeded: 1,
      itemsFailed: 3,
      itemsProcessing: 0,
    });
    expect(feed.itemDetails.itemIngestionStatus).toMatchObject([
      { sku: "A", index: 0, ingestionStatus: "SUCCESS" },
      {
        sku: "NOBODY",
        index: 1,
        ingestionStatus: "DATA_ERROR",
        ingestionErrors: { ingestionError: [{ type: "DATA_ERROR" }] },
      },
      { sku: "B", index: 2, ingestionStatus: "DATA_ERROR" },
      { index: 3, ingestionStatus: "DATA_ERROR" },
    ]);
    expect(feed.itemDetails.itemIngestionStatus[3]).not.toHaveProperty("sku");
    expect([shown("A"), shown("B")]).toEqual([2, 5]);
    expect((await status(feed.feedId, "includeDetails=false")).itemDetails.itemIngestionStatus).toEqual([]);
    const second = await status(feed.feedId, "includeDetails=true&offset=1&limit=1");
    expect(second.itemDetails.itemIngestionStatus).toMatchObject([{ index: 1 }]);
  });

  it("ends in ERROR for the wrong letter case, version or no JSON at all", async () => {
    const rows = [{ sku: "A", quantity: each(2) }];
    const wrong = [
      { inventoryHeader: { version: "1.4" }, inventory: rows },
      { InventoryHeader: { version: "1.5" }, Inventory: rows },
      "<InventoryFeed/>",
    ];
    for (const file of wrong) {
      const feed = await processed("inventory", file);
      expect(feed.feedStatus).toBe("ERROR");
      expect(feed.ingestionErrors.ingestionError).toMatchObject([{ code: "ERR_EXT_DATA_0503009" }]);
    }
    expect(shown("A")).toBe(5);
  });
});

describe("an MP_INVENTORY feed", () => {
  const row = (sku: string, shipNode: string) => ({ sku, shipNodes: [{ shipNode, quantity: each(8) }] });

  it("writes nodes, in lower case, spec 1.5", async () => {
    const rows = [row("A", walmart.shipNode), row("B", "10000000000")];
    const feed = await processed("MP_INVENTORY", { inventoryHeader: { version: "1.5" }, inventory: rows });
    expect(feed).toMatchObject({ feedStatus: "PROCESSED", itemsSucceeded: 1, itemsFailed: 1 });
    expect([shown("A"), shown("B")]).toEqual([8, 5]);
    const upper = await processed("MP_INVENTORY", { InventoryHeader: { version: "1.5" }, Inventory: rows });
    expect(upper.feedStatus).toBe("ERROR");
  });
});

describe("submitting", () => {
  it("needs multipart with a part named file, and a known type", async () => {
    const file = { InventoryHeader: { version: "1.4" }, Inventory: [] };
    expect((await submit("inventory", file, "data")).status).toBe(400);
    expect((await walmart.call("POST", "/v3/feeds?feedType=inventory", { json: file })).status).toBe(400);
    expect((await submit("price", file)).status).toBe(400);
    expect((await submit("MP_INVENTORY", " ".repeat(1_100_000))).status).toBe(413);
    expect((await walmart.call("GET", "/v3/feeds/none")).status).toBe(404);
  });

  it("is limited to 10 in an hour for inventory, apart from the 50 for MP_INVENTORY", async () => {
    const submitted = [];
    for (let count = 1; count <= 11; count += 1) submitted.push((await submit("inventory", {})).status);
    expect(submitted).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect((await submit("MP_INVENTORY", {})).status).toBe(200);
    const { body } = await walmart.call("GET", "/v3/feeds?limit=3");
    expect(body).toMatchObject({ totalResults: 11, results: { feed: [{ feedType: "MP_INVENTORY" }, {}, {}] } });
  });

  it("keeps the name of the file, by which a submission is found again in the list", async () => {
    const { feedId } = (await submit("inventory", {})).body;
    const { body } = await walmart.call("GET", "/v3/feeds");
    expect(body.results.feed).toMatchObject([{ fileName: "feed.json", feedDate: expect.any(Number) }]);
    const told = await status(feedId);
    expect(told).toMatchObject({ feedSubmissionDate: body.results.feed[0].feedDate });
    expect(["feedDate", "fileName", "feedType"].filter((name) => name in told)).toEqual([]);
  });

  it("may be stuck for ever", async () => {
    walmart.simulator.fault({ effect: { type: "stick_feed" } });
    const stuck = (await submit("inventory", {})).body.feedId;
    const next = (await submit("inventory", {})).body.feedId;
    await eventually(async () => expect((await status(next)).feedStatus).toBe("ERROR"));
    expect((await status(stuck)).feedStatus).toBe("RECEIVED");
  });
});
