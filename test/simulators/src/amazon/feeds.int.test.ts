import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asObject } from "../kit/index.ts";
import type { Simulator } from "../simulator.ts";
import { eventually } from "../testing/eventually.ts";
import { textAt } from "../testing/path.ts";
import { amazonClient } from "../testing/amazon-client.ts";
import { startAmazonSimulator } from "./index.ts";

let simulator: Simulator;
let seller: ReturnType<typeof amazonClient>;

const listings = ["A", "B", "C"].map((sku) => ({ sku, quantity: 5 }));
beforeEach(async () => {
  simulator = await startAmazonSimulator({ seed: 1, scaleLimits: 100 });
  seller = amazonClient(simulator, await simulator.addAccount({ account: "acme", listings }));
});
afterEach(async () => {
  vi.useRealTimers();
  await simulator.stop();
});

const CONTENT_TYPE = "application/json; charset=UTF-8";
const message = (messageId: number, sku: string, quantity: number) => ({
  messageId,
  sku,
  operationType: "PATCH",
  productType: "PRODUCT",
  patches: [
    {
      op: "merge",
      path: "/attributes/fulfillment_availability",
      value: [{ fulfillment_channel_code: "DEFAULT", quantity }],
    },
  ],
});
const document = (messages: readonly object[]) => ({ header: { sellerId: seller.sellerId, version: "2.0" }, messages });

const createDocument = async () => {
  const { body } = await seller.call("POST", "/feeds/2021-06-30/documents", { contentType: CONTENT_TYPE });
  return { feedDocumentId: textAt(body, "feedDocumentId"), url: textAt(body, "url") };
};
const upload = (url: string, content: object, contentType = CONTENT_TYPE) =>
  seller.document(url, { method: "PUT", headers: { "content-type": contentType }, body: JSON.stringify(content) });
const createFeed = (inputFeedDocumentId: string, feedType = "JSON_LISTINGS_FEED") =>
  seller.call("POST", "/feeds/2021-06-30/feeds", { feedType, marketplaceIds: ["ATVPDKIKX0DER"], inputFeedDocumentId });

async function submit(content: object): Promise<string> {
  const { feedDocumentId, url } = await createDocument();
  expect((await upload(url, content)).status).toBe(200);
  const answer = await createFeed(feedDocumentId);
  expect(answer.status).toBe(202);
  return textAt(answer.body, "feedId");
}

const feed = async (feedId: string) => (await seller.call("GET", `/feeds/2021-06-30/feeds/${feedId}`)).body;
const finished = (feedId: string, processingStatus: string) =>
  eventually(async () => {
    const found = await feed(feedId);
    expect(found).toMatchObject({ feedId, processingStatus });
    return found;
  });
async function report(feedId: string) {
  const { resultFeedDocumentId } = await finished(feedId, "DONE");
  const { body } = await seller.call(
    "GET",
    `/feeds/2021-06-30/documents/${textAt({ resultFeedDocumentId }, "resultFeedDocumentId")}`,
  );
  expect(body).toMatchObject({ compressionAlgorithm: "GZIP" });
  const bytes = await (await seller.document(textAt(body, "url"))).arrayBuffer();
  return asObject(JSON.parse(gunzipSync(Buffer.from(bytes)).toString()));
}
const available = () => simulator.stock("acme").map((each) => each.available);

describe("a listings feed", () => {
  it("applies every good message and reports the bad ones by message id", async () => {
    const feedId = await submit(
      document([message(1, "A", 1), message(2, "NOPE", 2), message(3, "C", 3), message(4, "B", -1)]),
    );
    expect(await report(feedId)).toMatchObject({
      header: { feedId },
      issues: [
        { messageId: 2, sku: "NOPE", severity: "ERROR" },
        { messageId: 4, sku: "B", severity: "ERROR" },
      ],
      summary: { messagesProcessed: 4, messagesAccepted: 2, messagesInvalid: 2 },
    });
    expect(available()).toEqual([1, 5, 3]);
  });

  it("runs after the seller's earlier feeds, so the later value stands", async () => {
    const feeds = [await submit(document([message(1, "A", 1)])), await submit(document([message(1, "A", 2)]))];
    await finished(feeds[1] ?? "", "DONE");
    expect(await feed(feeds[0] ?? "")).toMatchObject({ processingStatus: "DONE" });
    expect(available()[0]).toBe(2);
  });

  it.each([
    [
      "another seller's header",
      () => ({ header: { sellerId: "AOTHER", version: "2.0" }, messages: [message(1, "A", 1)] }),
    ],
    ["a message id used twice", () => document([message(1, "A", 1), message(1, "B", 1)])],
    ["a message id of 0", () => document([message(0, "A", 1)])],
    ["a message id beyond 2^31 - 1", () => document([message(2 ** 31, "A", 1)])],
    ["no messages", () => document([])],
    ["25,001 messages", () => document(Array.from({ length: 25_001 }, (_, index) => message(index + 1, "A", 1)))],
    ["more than 10 MiB", () => document([{ ...message(1, "A", 1), sku: "A".repeat(10 * 1024 * 1024) }])],
  ])("is FATAL and changes nothing with %s", async (_case, content) => {
    await finished(await submit(content()), "FATAL");
    expect(available()).toEqual([5, 5, 5]);
  });

  it("takes 25,000 messages, and the highest message id", { timeout: 60_000 }, async () => {
    const others = Array.from({ length: 24_999 }, (_, index) => message(index + 1, "NOPE", 1));
    const feedId = await submit(document([...others, message(2 ** 31 - 1, "A", 1)]));
    expect(await report(feedId)).toMatchObject({ summary: { messagesAccepted: 1, messagesInvalid: 24_999 } });
    expect(available()).toEqual([1, 5, 5]);
  });

  it("is refused without a marketplace, and for another one's", async () => {
    const { feedDocumentId, url } = await createDocument();
    await upload(url, document([message(1, "A", 1)]));
    const body = { feedType: "JSON_LISTINGS_FEED", inputFeedDocumentId: feedDocumentId };
    for (const marketplaceIds of [[], ["A2EUQ1WTGCTBG2"]]) {
      const answer = await seller.call("POST", "/feeds/2021-06-30/feeds", { ...body, marketplaceIds });
      expect(answer.status).toBe(400);
    }
  });

  it("is refused for another feed type and for a document that was never uploaded", async () => {
    const { feedDocumentId, url } = await createDocument();
    expect((await createFeed(feedDocumentId)).status).toBe(400);
    await upload(url, document([message(1, "A", 1)]));
    expect((await createFeed(feedDocumentId, "POST_INVENTORY_AVAILABILITY_DATA")).status).toBe(400);
    expect((await createFeed("amzn1.unknown")).status).toBe(400);
  });
});

describe("a feed that is stuck", () => {
  const cancel = (feedId: string) => seller.call("DELETE", `/feeds/2021-06-30/feeds/${feedId}`);

  it("waits in the queue for ever, lets later ones pass, and can be taken back", async () => {
    simulator.fault({ effect: { type: "stick_feed" } });
    const stuck = await submit(document([message(1, "A", 1)]));
    await finished(await submit(document([message(1, "B", 2)])), "DONE");
    expect(await feed(stuck)).toMatchObject({ processingStatus: "IN_QUEUE" });
    expect((await cancel(stuck)).status).toBe(200);
    expect(await feed(stuck)).toMatchObject({ processingStatus: "CANCELLED" });
    expect(available()).toEqual([5, 2, 5]);
  });

  it("can't be taken back once it has begun, nor when nobody knows it", async () => {
    const feedId = await submit(document([message(1, "A", 1)]));
    await finished(feedId, "DONE");
    expect((await cancel(feedId)).status).toBe(400);
    expect((await cancel("1")).status).toBe(404);
  });
});

describe("the list of feeds", () => {
  const list = (query: string) => seller.call("GET", `/feeds/2021-06-30/feeds?${query}`);

  it("has those made since then, newest first, of the type it is asked for", async () => {
    const ids = [await submit(document([message(1, "A", 1)])), await submit(document([message(1, "A", 2)]))];
    const { body } = await list(`feedTypes=JSON_LISTINGS_FEED&createdSince=${new Date(0).toISOString()}`);
    expect(body).toMatchObject({ feeds: ids.toReversed().map((feedId) => ({ feedId })) });
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await list(`feedTypes=JSON_LISTINGS_FEED&createdSince=${later}`)).body).toEqual({ feeds: [] });
    expect((await list("feedTypes=POST_PRODUCT_DATA")).status).toBe(400);
  });
});

describe("a presigned address", () => {
  it("takes the document only with the content type it was made for", async () => {
    const { url } = await createDocument();
    expect((await upload(url, {}, "application/json")).status).toBe(403);
    expect((await upload(url, {})).status).toBe(200);
  });

  it("is the storage's, not the API's", async () => {
    const { url } = await createDocument();
    const { pathname, search } = new URL(url);
    const headers = { "content-type": CONTENT_TYPE, "x-sim-host": "sellingpartnerapi-na.amazon.com" };
    const answer = await fetch(simulator.url + pathname + search, { method: "PUT", headers, body: "{}" });
    expect(answer.status).toBe(403);
  });

  it("is good for 5 minutes", async () => {
    const { url } = await createDocument();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * 60_000 });
    expect((await upload(url, {})).status).toBe(403);
  });
});
