import { describe, expect, it } from "vitest";
import {
  connect,
  errors,
  expectShipNodes,
  listing,
  nodes,
  spentBucket,
  update,
  useNockedWalmart,
  walmart,
} from "../testing.ts";
import { call, capOf, expectOrders, FEED, orderOf } from "./testing.ts";

describe("submitting a feed", () => {
  useNockedWalmart();

  /** Answers the submission, and keeps what was sent. */
  function expectSubmission(status = 200, answer: object | string = { feedId: FEED }) {
    const sent: { file: unknown; name: string }[] = [];
    walmart()
      .post("/v3/feeds?feedType=MP_INVENTORY", (body: string) => {
        const [head = "", file = ""] = body.split("\r\n\r\n");
        sent.push({
          file: JSON.parse(file.slice(0, file.lastIndexOf("\r\n--"))) as unknown,
          name: /name="file"; filename="([^"]+)"/.exec(head)?.[1] ?? "",
        });
        return true;
      })
      .matchHeader("content-type", /^multipart\/form-data; boundary=/)
      .reply(status, answer);
    return sent;
  }

  const row = (sku: string, ...amounts: readonly (readonly [node: string, amount: number])[]) => ({
    sku,
    shipNodes: amounts.map(([shipNode, amount]) => ({ shipNode, quantity: { unit: "EACH", amount } })),
  });

  it("sends one multipart part named file, in lower case, spec 1.5, under the name of the call", async () => {
    const { session } = connect();
    expectOrders();
    const sent = expectSubmission();
    const context = call();
    const updates = [capOf(5), update(listing("CAP", "WEST"), 2), update(listing("A/B #1+", "EAST"), 0)];
    expect(await session.submitFeed?.(updates, context)).toBe(FEED);
    expect(sent).toMatchObject([
      {
        name: `lastunit-${context.idempotencyKey}.json`,
        file: {
          inventoryHeader: { version: "1.5" },
          inventory: [row("CAP", ["EAST", 5], ["WEST", 2]), row("A/B #1+", ["EAST", 0])],
        },
      },
    ]);
  });

  it("adds what Walmart holds as reserved, read only of SKUs with orders to ship", async () => {
    const { session, spent } = connect();
    expectOrders({ created: [orderOf("CAP")], acknowledged: [orderOf("HAT", "Acknowledged"), orderOf("ELSE")] });
    walmart()
      .get("/v3/inventories/CAP")
      .reply(200, nodes("CAP", { shipNode: "EAST", available: 0, reserved: 3 }));
    walmart().get("/v3/inventories/HAT").reply(404, errors("CONTENT_NOT_FOUND", "Not ingested yet"));
    const sent = expectSubmission();
    const updates = ["CAP", "HAT", "BAG"].map((sku) => update(listing(sku, "EAST"), 5));
    await session.submitFeed?.(updates, call());
    expect(sent[0]?.file).toMatchObject({
      inventory: [row("CAP", ["EAST", 8]), row("HAT", ["EAST", 5]), row("BAG", ["EAST", 5])],
    });
    expect(spent.filter(({ bucket }) => bucket === "inventory_read")).toHaveLength(2);
  });

  it("leaves out what is reserved of a SKU that alone can't be read: too little is shown until it is collected", async () => {
    const { session } = connect();
    expectOrders({ created: [orderOf("CAP"), orderOf("HAT")] });
    walmart().get("/v3/inventories/CAP").reply(503, "<html>");
    walmart()
      .get("/v3/inventories/HAT")
      .reply(200, nodes("HAT", { shipNode: "EAST", available: 0, reserved: 3 }));
    const sent = expectSubmission();
    await session.submitFeed?.(
      ["CAP", "HAT"].map((sku) => update(listing(sku, "EAST"), 5)),
      call(),
    );
    expect(sent[0]?.file).toMatchObject({ inventory: [row("CAP", ["EAST", 5]), row("HAT", ["EAST", 8])] });
  });

  it("takes every SKU for one with orders to ship where Walmart lists no such many", async () => {
    const { session } = connect();
    walmart().get("/v3/orders").query(true).reply(400, errors("INVALID_REQUEST_PARAM", "More than 10000 orders"));
    walmart()
      .get("/v3/inventories/CAP")
      .reply(200, nodes("CAP", { shipNode: "EAST", available: 0, reserved: 3 }));
    const sent = expectSubmission();
    await session.submitFeed?.([capOf(5)], call());
    expect(sent[0]?.file).toMatchObject({ inventory: [row("CAP", ["EAST", 8])] });
  });

  it("takes the only node of the account for a listing that names none", async () => {
    const { session } = connect();
    expectShipNodes("ONLY");
    expectOrders();
    const sent = expectSubmission();
    await session.submitFeed?.([update(listing("CAP"), 5)], call());
    expect(sent[0]?.file).toMatchObject({ inventory: [row("CAP", ["ONLY", 5])] });
  });

  it("refuses listings of which no ship node is known", async () => {
    const { session } = connect();
    expectShipNodes("EAST", "WEST");
    await expect(session.submitFeed?.([update(listing("CAP"), 5)], call())).rejects.toMatchObject({
      failure: "rejected",
      code: "ship_node_needed",
    });
  });

  it("refuses a file of more than a megabyte; as many listings as it names fit", async () => {
    const { session } = connect();
    const longest = (index: number) =>
      update(listing(`${"S".repeat(46)}${String(index).padStart(4, "0")}`, "1".repeat(20)), 99_999);
    expectOrders();
    expectSubmission();
    await session.submitFeed?.(
      Array.from({ length: 4_000 }, (_, index) => longest(index)),
      call(),
    );
    expectOrders();
    const submitting = session.submitFeed?.(
      Array.from({ length: 8_000 }, (_, index) => longest(index)),
      call(),
    );
    await expect(submitting).rejects.toMatchObject({ failure: "rejected", code: "feed_too_large" });
  });

  const feed = (feedId: string, changes: object) => ({
    feedId,
    feedType: "MP_INVENTORY",
    feedDate: Date.now(),
    ...changes,
  });

  it.each([
    ["its file's name", (name: string) => [feed("OTHER", { fileName: "other.json" }), feed(FEED, { fileName: name })]],
    [
      "type, time and rows, where Walmart tells no name",
      () => [
        { feedId: 7, feedType: "MP_INVENTORY", feedDate: "odd" },
        feed("OLD", { feedDate: Date.now() - 3_600_000 }),
        feed("PRICES", { feedType: "price" }),
        feed("LONGER", { itemsReceived: 2 }),
        feed(FEED, { itemsReceived: 1 }),
      ],
    ],
    ["type and time, while its rows are not counted", () => [feed(FEED, { itemsReceived: 0 })]],
  ])("finds the feed of a lost answer by %s, and submits no second one", async (_name, feeds) => {
    const { session } = connect();
    expectOrders();
    expectSubmission(502, "<html>Bad Gateway</html>");
    const context = call();
    walmart()
      .get("/v3/feeds?limit=50&offset=0")
      .reply(200, { results: { feed: feeds(`lastunit-${context.idempotencyKey}.json`) } });
    expect(await session.submitFeed?.([capOf(5)], context)).toBe(FEED);
  });

  it("is unavailable when no feed of the lost answer shows", async () => {
    const { session } = connect();
    expectOrders();
    expectSubmission(503, "<html>");
    walmart()
      .get("/v3/feeds?limit=50&offset=0")
      .reply(200, { results: { feed: [feed("OTHER", { fileName: "other.json" })] } });
    await expect(session.submitFeed?.([capOf(5)], call())).rejects.toMatchObject({ failure: "unavailable" });
  });

  it.each([
    ["429", 429, errors("REQUEST_THRESHOLD_VIOLATED", "Slow down")],
    ["403", 403, errors("FORBIDDEN", "No access")],
  ])(
    "is unavailable, for it may have been taken, also when a %s keeps it from looking",
    async (_name, status, body) => {
      const { session } = connect();
      expectOrders();
      expectSubmission(503, "<html>");
      walmart().get("/v3/feeds?limit=50&offset=0").reply(status, body);
      const submitting = session.submitFeed?.([capOf(5)], call());
      await expect(submitting).rejects.toMatchObject({ failure: "unavailable", code: "http_503" });
    },
  );

  it("is certain not to have submitted what it could not read the orders for", async () => {
    const { session } = connect();
    walmart().get("/v3/orders").query(true).reply(503, "<html>");
    await expect(session.submitFeed?.([capOf(5)], call())).rejects.toMatchObject({
      failure: "unavailable",
      code: "not_submitted",
      httpStatus: 503,
    });
  });

  it("is rate_limited, and looks for no feed, when the hour's submissions are spent", async () => {
    const { session } = connect({ pacer: spentBucket("feed_submit") });
    expectOrders();
    await expect(session.submitFeed?.([capOf(5)], call())).rejects.toMatchObject({
      failure: "rate_limited",
      retryAfterMs: 72_000,
    });
  });

  it("looks for no feed after a 429, which took none", async () => {
    const { session } = connect();
    expectOrders();
    expectSubmission(429, errors("REQUEST_THRESHOLD_VIOLATED", "Slow down"));
    await expect(session.submitFeed?.([capOf(5)], call())).rejects.toMatchObject({ failure: "rate_limited" });
  });
});
