import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, errors, expectShipNodes, listing, nodes, update, useNockedWalmart, walmart } from "../testing.ts";
import { call, capOf, expectModified, expectOrders, FEED, orderOf } from "./testing.ts";

describe("collecting a feed", () => {
  useNockedWalmart();
  afterEach(() => void vi.useRealTimers());

  const head = (feedStatus: string, changes: object = {}) => ({
    feedId: FEED,
    feedStatus,
    feedSubmissionDate: Date.now() - 60_000,
    itemsReceived: 1,
    itemsSucceeded: 0,
    itemsFailed: 0,
    itemsProcessing: 0,
    ingestionErrors: { ingestionError: null },
    itemDetails: { itemIngestionStatus: [] },
    ...changes,
  });
  const expectFeed = (feed: object, offset = 0) =>
    walmart().get(`/v3/feeds/ABC%40AUoBAQA?includeDetails=true&offset=${offset}&limit=50`).reply(200, feed);
  const row = (sku: string, ingestionStatus: string, code?: string) => ({
    sku,
    index: 0,
    ingestionStatus,
    ingestionErrors: {
      ingestionError: code === undefined ? null : [{ type: ingestionStatus, code, description: "Words" }],
    },
  });
  const succeeded = head("PROCESSED", { itemsSucceeded: 1 });
  const collect = (...updates: ReturnType<typeof capOf>[]) => connect().session.collectFeed?.(FEED, updates, call());

  it.each([
    ["RECEIVED", 0, 2_000],
    ["INPROGRESS", 90_000, 90_000],
    ["INPROGRESS", 30 * 60_000, 5 * 60_000],
  ])("that is %s since %i ms asks again in %i ms: later and later", async (status, ageMs, askAgainMs) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    expectFeed(head(status, { feedSubmissionDate: Date.now() - ageMs }));
    expect(await collect(capOf(5))).toEqual({ status: "open", askAgainMs });
  });

  it("that is stuck for an hour gives its listings up for single writes", async () => {
    const submitted = Date.now() - 61 * 60_000;
    for (const told of [
      { feedSubmissionDate: submitted },
      { feedSubmissionDate: new Date(submitted).toISOString() },
      { feedSubmissionDate: undefined, feedDate: submitted },
    ]) {
      expectFeed(head("INPROGRESS", told));
      expect(await collect(capOf(5))).toMatchObject({
        status: "done",
        outcomes: [{ status: "retry", code: "feed_stuck" }],
      });
    }
  });

  it("of an age that Walmart does not tell stays open, for the worker to give up", async () => {
    expectFeed(head("INPROGRESS", { feedSubmissionDate: undefined }));
    expect(await collect(capOf(5))).toEqual({ status: "open", askAgainMs: 15_000 });
  });

  it("that failed as a whole has its listings tried again, in Walmart's words", async () => {
    const ingestionErrors = { ingestionError: [{ code: "ERR_EXT_DATA_0503009", description: "Not the spec" }] };
    expectFeed(head("ERROR", { ingestionErrors }));
    expect(await collect(capOf(5))).toEqual({
      status: "done",
      outcomes: [{ status: "retry", code: "ERR_EXT_DATA_0503009", message: "Not the spec" }],
    });
  });

  it("that Walmart does not show yet is unavailable", async () => {
    walmart()
      .get(/^\/v3\/feeds\//)
      .reply(404, errors("CONTENT_NOT_FOUND.GMP_FEED_API", "No feed"));
    await expect(collect(capOf(5))).rejects.toMatchObject({ failure: "unavailable", code: "feed_not_visible" });
  });

  it("answers for each row: PROCESSED says nothing of them", async () => {
    const skus = ["OK", "WRONG", "SYSTEM", "LATE", "SLOW", "GONE"];
    const rows = [
      row("OK", "SUCCESS"),
      row("WRONG", "DATA_ERROR", "ERR_PDI_0001"),
      row("SYSTEM", "SYSTEM_ERROR", "ERR_INT"),
      row("LATE", "TIMEOUT_ERROR"),
      row("SLOW", "INPROGRESS"),
    ];
    expectFeed(
      head("PROCESSED", {
        itemsReceived: 6,
        itemsSucceeded: 1,
        itemsFailed: 3,
        itemDetails: { itemIngestionStatus: rows },
      }),
    );
    expectOrders();
    expectModified();
    const report = await collect(...skus.map((sku) => update(listing(sku, "EAST"), 5)));
    expect(report?.status === "done" && report.outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "ERR_PDI_0001", message: "Words" },
      { status: "retry", code: "ERR_INT", message: "Words" },
      { status: "retry", code: "TIMEOUT_ERROR", message: "Walmart ended the row with TIMEOUT_ERROR" },
      { status: "retry", code: "INPROGRESS", message: "Walmart ended the row with INPROGRESS" },
      { status: "retry", code: "not_in_feed", message: "Walmart tells nothing of it in the feed" },
    ]);
  });

  it("reads rows by pages of 50, and none at all when as many succeeded as were sent", async () => {
    const skus = Array.from({ length: 120 }, (_, index) => `S${index}`);
    const page = (from: number) => ({
      itemDetails: { itemIngestionStatus: skus.slice(from, from + 50).map((sku) => row(sku, "SUCCESS")) },
    });
    for (const from of [0, 50, 100]) {
      expectFeed(head("PROCESSED", { itemsReceived: 120, itemsSucceeded: 119, itemsFailed: 1, ...page(from) }), from);
    }
    expectOrders();
    expectModified();
    const updates = skus.map((sku) => update(listing(sku, "EAST"), 5));
    const accepted = { status: "done", outcomes: skus.map(() => ({ status: "accepted" })) };
    expect(await collect(...updates)).toEqual(accepted);
    expectFeed(head("PROCESSED", { itemsReceived: 120, itemsSucceeded: 120 }));
    expectOrders();
    expectModified();
    expect(await collect(...updates)).toEqual(accepted);
  });

  it("counts a SKU as failed when one of its rows did, should each ship node have a row of its own", async () => {
    const rows = [row("CAP", "SYSTEM_ERROR", "ERR_INT"), row("CAP", "SUCCESS")];
    expectFeed(
      head("PROCESSED", {
        itemsReceived: 2,
        itemsSucceeded: 1,
        itemsFailed: 1,
        itemDetails: { itemIngestionStatus: rows },
      }),
    );
    expectOrders();
    expectModified();
    const report = await collect(capOf(5), update(listing("CAP", "WEST"), 2));
    expect(report).toMatchObject({ outcomes: [{ status: "retry" }, { status: "retry" }] });
  });

  it("answers for all others when Walmart names no SKU, code or count of a row it could not read", async () => {
    const odd = { sku: null, ingestionStatus: "DATA_ERROR", ingestionErrors: { ingestionError: [{ code: null }] } };
    const rows = [odd, row("CAP", "SUCCESS")];
    const counts = { itemsReceived: 2, itemsSucceeded: 1, itemsFailed: 1, itemsProcessing: null };
    expectFeed(head("PROCESSED", { ...counts, itemDetails: { itemIngestionStatus: rows } }));
    expectOrders();
    expectModified();
    const report = await collect(capOf(5), update(listing("ODD", "EAST"), 2));
    expect(report).toMatchObject({ outcomes: [{ status: "accepted" }, { status: "retry", code: "not_in_feed" }] });
  });

  it("takes no other feed's success for its own", async () => {
    const rows = [row("ANOTHER", "SUCCESS")];
    expectFeed(head("PROCESSED", { itemsSucceeded: 1, itemDetails: { itemIngestionStatus: rows } }));
    expectOrders();
    expectModified();
    expect(await collect(capOf(5))).toMatchObject({ outcomes: [{ status: "retry", code: "not_in_feed" }] });
  });

  it.each([
    ["shows what was asked for", 5, { status: "accepted" }],
    ["shows more, for units shipped meanwhile", 6, { status: "retry", code: "orders_meanwhile" }],
    ["shows less, for an order placed meanwhile", 4, { status: "retry", code: "orders_meanwhile" }],
  ])("reads a listing back whose orders changed since: it %s", async (_name, available, outcome) => {
    expectFeed(succeeded);
    expectOrders();
    expectModified(orderOf("CAP", "Shipped"));
    walmart()
      .get("/v3/inventories/CAP")
      .reply(
        200,
        nodes("CAP", { shipNode: "EAST", available, reserved: 0 }, { shipNode: "WEST", available: 1, reserved: 0 }),
      );
    expect(await collect(capOf(5))).toMatchObject({ status: "done", outcomes: [outcome] });
  });

  it("has a listing with orders written again, also a sold-out one, when it alone can't be read back", async () => {
    expectFeed(head("PROCESSED", { itemsReceived: 2, itemsSucceeded: 2 }));
    expectOrders();
    expectModified(orderOf("CAP", "Shipped"), orderOf("HAT", "Shipped"));
    walmart().get("/v3/inventories/CAP").reply(503, "<html>");
    walmart()
      .get("/v3/inventories/HAT")
      .reply(200, nodes("HAT", { shipNode: "EAST", available: 2, reserved: 0 }));
    expect(await collect(capOf(0), update(listing("HAT", "EAST"), 2))).toMatchObject({
      outcomes: [{ status: "retry", code: "orders_meanwhile" }, { status: "accepted" }],
    });
  });

  it("says of a listing without a ship node that it was not in the file", async () => {
    expectFeed(succeeded);
    expectShipNodes("EAST", "WEST");
    expectOrders();
    expectModified();
    const report = await collect(capOf(5), update(listing("HAT"), 1));
    expect(report).toMatchObject({
      outcomes: [{ status: "accepted" }, { status: "rejected", code: "ship_node_needed" }],
    });
  });
});
