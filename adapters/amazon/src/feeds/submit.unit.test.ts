import type nock from "nock";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { callToEnd, useNock } from "@lastunit/adapter-contract/nocked";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ADDRESS, FEEDS, storage, update, updates } from "../testing/feeds.ts";
import {
  amazon,
  channelErrorOf,
  connect,
  errors,
  listing,
  MARKETPLACE,
  neverSpending,
  SELLER,
} from "../testing/harness.ts";
import { MOST_MESSAGES } from "./messages.ts";

const CONTENT_TYPE = "application/json; charset=UTF-8";

const document = (url = ADDRESS) =>
  amazon().post(`${FEEDS}/documents`, { contentType: CONTENT_TYPE }).reply(201, { feedDocumentId: "in-1", url });
const upload = (body: nock.RequestBodyMatcher = () => true) =>
  storage()
    .matchHeader("content-type", CONTENT_TYPE)
    .put("/doc-1", body)
    .query({ "X-Amz-Signature": "secret-signature" });
const creating = () =>
  amazon().post(`${FEEDS}/feeds`, {
    feedType: "JSON_LISTINGS_FEED",
    marketplaceIds: [MARKETPLACE],
    inputFeedDocumentId: "in-1",
  });
const submit = (of = updates) => connect().session.submitFeed!(of, callWithin());

describe("submitFeed", () => {
  useNock();
  afterEach(() => void vi.useRealTimers());

  it("uploads a merge for each listing it may write, numbered by its place, and submits them", async () => {
    const message = (messageId: number, sku: string, quantity: number) => ({
      messageId,
      sku,
      operationType: "PATCH",
      productType: "SHIRT",
      patches: [
        {
          op: "merge",
          path: "/attributes/fulfillment_availability",
          value: [{ fulfillment_channel_code: "DEFAULT", quantity }],
        },
      ],
    });
    document();
    upload({
      header: { sellerId: SELLER, version: "2.0", issueLocale: "en_US" },
      messages: [message(1, "A", 1), message(3, "C", 3)],
    }).reply(200);
    creating().reply(202, { feedId: "feed-1" });
    expect(await submit()).toBe("feed-1");
  });

  it("makes no feed of listings none of which may be written", async () => {
    const error = await channelErrorOf(submit([update(listing("FBA", "AMAZON_NA"), 2)]));
    expect(error).toMatchObject({ failure: "rejected", code: "nothing_to_send" });
  });

  it("keeps the most messages below Amazon's 10 MiB, also with the longest SKUs", { timeout: 120_000 }, async () => {
    // It is about the size: however long the making takes, no time passes for the call.
    vi.useFakeTimers({ toFake: ["Date"] });
    const { call } = callToEnd();
    let bytes = 0;
    document();
    upload((body: object) => {
      bytes = Buffer.byteLength(JSON.stringify(body));
      return true;
    }).reply(200);
    creating().reply(202, { feedId: "feed-1" });
    const longest = Array.from({ length: MOST_MESSAGES }, (_, index) =>
      update(listing(String(index).padStart(40, "日")), 1_000_000),
    );
    await connect().session.submitFeed!(longest, call);
    expect(bytes).toBeGreaterThan(5_000_000);
    expect(bytes).toBeLessThan(10 * 1024 * 1024);
  });

  it.each([
    ["is refused", 403, {}],
    ["fails", 503, {}],
  ])("submits nothing when the upload %s, and tells no signature", async (_name, status, body) => {
    document();
    upload().reply(status, body);
    const error = await channelErrorOf(submit());
    expect(error).toMatchObject({ failure: "unavailable", code: "not_submitted", httpStatus: status });
    expect(`${error.message} ${error.stack}`).not.toContain("secret-signature");
  });

  it("uploads to no address but an https one", async () => {
    document("http://127.0.0.1:9/doc-1");
    const error = await channelErrorOf(submit());
    expect(error).toMatchObject({ failure: "unavailable", code: "not_submitted" });
    expect(error.message).toContain("no https address");
  });

  it("says that a sixth feed in five minutes has to wait", async () => {
    document();
    upload().reply(200);
    creating().reply(429, errors("QuotaExceeded", "You exceeded your quota for the requested resource."));
    expect(await channelErrorOf(submit())).toMatchObject({ failure: "rate_limited", code: "QuotaExceeded" });
  });

  it("is certain not to have submitted what got no turn before the deadline", async () => {
    document();
    upload().reply(200);
    const { call, passDeadline } = callToEnd();
    const { session } = connect({ pacer: neverSpending("createFeed", passDeadline) });
    const error = await channelErrorOf(session.submitFeed!(updates, call));
    expect(error).toMatchObject({ failure: "unavailable", code: "not_submitted" });
  });

  describe("whose answer was lost", () => {
    const made = (feedId: string) => ({ feedId, createdTime: new Date().toISOString(), processingStatus: "IN_QUEUE" });
    const found = (...feeds: object[]) =>
      amazon()
        .get(`${FEEDS}/feeds`)
        .query(({ feedTypes, createdSince }) => feedTypes === "JSON_LISTINGS_FEED" && Boolean(createdSince))
        .reply(200, { feeds });
    function lose() {
      document();
      upload().reply(200);
      creating().replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    }

    it("is found again, for it will be worked off all the same", async () => {
      lose();
      found(made("feed-9"));
      expect(await submit()).toBe("feed-9");
    });

    it("is looked for before the call's time is over, also when the upload took most of it", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      document();
      upload().reply(200, () => void vi.setSystemTime(Date.now() + 9_900));
      creating().delay(20_000).reply(202, { feedId: "feed-9" });
      found(made("feed-9"));
      const fiveSecondsLeft = callWithin(5_000);
      expect(await connect().session.submitFeed!(updates, fiveSecondsLeft)).toBe("feed-9");
    });

    it("is certain not to have been made where the upload left no time for an answer", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      document();
      upload().reply(200, () => void vi.setSystemTime(Date.now() + 10_100));
      expect(await channelErrorOf(submit())).toMatchObject({ failure: "unavailable", code: "not_submitted" });
    });

    it.each([[[]], [[made("feed-8"), made("feed-9")]]])("stays unknown among %o", async (feeds) => {
      lose();
      found(...feeds);
      expect(await channelErrorOf(submit())).toMatchObject({ failure: "unavailable", code: "ECONNRESET" });
    });
  });
});
