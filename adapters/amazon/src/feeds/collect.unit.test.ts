import { gzipSync } from "node:zlib";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { ADDRESS, FEEDS, storage, updates } from "../testing/feeds.ts";
import { amazon, channelErrorOf, connect, errors, SELLER } from "../testing/harness.ts";

describe("collectFeed", () => {
  useNock();
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  const HOUR_MS = 3_600_000;
  const feed = (processingStatus: string, more: object = {}) =>
    amazon()
      .get(`${FEEDS}/feeds/feed-1`)
      .reply(200, { feedId: "feed-1", createdTime: ago(20_000), processingStatus, ...more });
  const collect = () => connect().session.collectFeed!("feed-1", updates, callWithin());
  const unwritable = { status: "rejected", code: "not_merchant_fulfilled" };
  const all = (outcome: object) => ({ status: "done", outcomes: [outcome, unwritable, outcome] });

  function report(body: object) {
    amazon()
      .get(`${FEEDS}/documents/out-1`)
      .reply(200, { feedDocumentId: "out-1", url: ADDRESS, compressionAlgorithm: "GZIP" });
    storage()
      .get("/doc-1")
      .query({ "X-Amz-Signature": "secret-signature" })
      .reply(200, gzipSync(JSON.stringify(body)));
  }
  const issue = (messageId: number | undefined, code: string, severity = "ERROR") => ({
    ...(messageId !== undefined && { messageId }),
    sku: "any",
    code,
    severity,
    message: "In Amazon's words.",
  });
  const reportOf = (issues: object[], summary: object) => ({
    header: { sellerId: SELLER, version: "2.0", feedId: "feed-1" },
    issues,
    summary: { messagesProcessed: 2, ...summary },
  });
  const finished = (status: string, issues: object[], summary: object = {}) => {
    feed(status, { resultFeedDocumentId: "out-1" });
    report(reportOf(issues, summary));
  };

  it.each(["IN_QUEUE", "IN_PROGRESS"])(
    "says open of a feed that is %s, and to ask again after a tenth of its age",
    async (status) => {
      feed(status);
      const told = await collect();
      expect(told).toEqual({ status: "open", askAgainMs: expect.toSatisfy((ms: number) => ms >= 2_000 && ms < 3_000) });
    },
  );

  it.each([
    [100, 1_000],
    [HOUR_MS, 60_000],
  ])("asks at %s ms of age again after %s ms", async (ageMs, askAgainMs) => {
    feed("IN_PROGRESS", { createdTime: ago(ageMs) });
    expect(await collect()).toEqual({ status: "open", askAgainMs });
  });

  it("gives each update its own outcome: refused by number, warned of, accepted, or never sent", async () => {
    finished("DONE", [issue(1, "90220"), issue(3, "8541", "WARNING")]);
    expect(await collect()).toMatchObject({
      status: "done",
      outcomes: [
        { status: "rejected", code: "90220", message: "In Amazon's words." },
        unwritable,
        { status: "accepted" },
      ],
    });
  });

  it("reads of an issue without a code, which Amazon need not tell", async () => {
    const { code: _, ...nameless } = issue(1, "any");
    finished("DONE", [nameless]);
    expect(await collect()).toMatchObject({
      outcomes: [
        { status: "rejected", code: "no_code", message: "In Amazon's words." },
        unwritable,
        { status: "accepted" },
      ],
    });
  });

  it("tries a message again that met an internal error", async () => {
    finished("DONE", [issue(1, "4000000")]);
    expect(await collect()).toMatchObject({ outcomes: [{ status: "retry" }, unwritable, { status: "accepted" }] });
  });

  it("reads a report that Amazon did not compress", async () => {
    feed("DONE", { resultFeedDocumentId: "out-1" });
    amazon().get(`${FEEDS}/documents/out-1`).reply(200, { feedDocumentId: "out-1", url: ADDRESS });
    const summary = { messagesAccepted: 1, messagesInvalid: 1 };
    storage()
      .get("/doc-1")
      .query(true)
      .reply(200, reportOf([issue(1, "90220")], summary));
    expect(await collect()).toMatchObject({ outcomes: [{ status: "rejected" }, unwritable, { status: "accepted" }] });
  });

  it("reads a report that was unpacked on its way, whatever Amazon says of it", async () => {
    feed("DONE", { resultFeedDocumentId: "out-1" });
    amazon().get(`${FEEDS}/documents/out-1`).reply(200, { url: ADDRESS, compressionAlgorithm: "GZIP" });
    storage().get("/doc-1").query(true).reply(200, reportOf([], {}));
    expect(await collect()).toMatchObject(all({ status: "accepted" }));
  });

  it("calls nothing accepted when more went wrong than the report names", async () => {
    finished("DONE", [issue(1, "90220"), issue(3, "8541", "WARNING")], { messagesInvalid: 2 });
    expect(await collect()).toMatchObject({
      outcomes: [{ status: "rejected", code: "90220" }, unwritable, { status: "retry", code: "feed_incomplete" }],
    });
  });

  it("calls nothing accepted that the report does not account for", async () => {
    finished("DONE", [], { messagesProcessed: 1 });
    expect(await collect()).toMatchObject(all({ status: "retry", code: "feed_incomplete" }));
  });

  it("blames the feed, not the listings, for an issue that names no message", async () => {
    finished("DONE", [issue(undefined, "4000001")], { messagesProcessed: 0 });
    expect(await collect()).toMatchObject(all({ status: "retry", code: "4000001" }));
  });

  it("calls nothing known of a feed that ended FATAL, but what its report refuses", async () => {
    finished("FATAL", [issue(3, "90220")]);
    expect(await collect()).toMatchObject({
      outcomes: [{ status: "retry", code: "feed_failed" }, unwritable, { status: "rejected", code: "90220" }],
    });
  });

  it("tries all again of a feed that ended FATAL without a report, or was cancelled", async () => {
    feed("FATAL");
    expect(await collect()).toMatchObject(all({ status: "retry", code: "feed_failed" }));
    feed("CANCELLED");
    expect(await collect()).toMatchObject(all({ status: "retry", code: "feed_cancelled" }));
  });

  it("takes back a feed that has not begun after five hours", async () => {
    feed("IN_QUEUE", { createdTime: ago(5.1 * HOUR_MS) });
    amazon().delete(`${FEEDS}/feeds/feed-1`).reply(200, {});
    expect(await collect()).toMatchObject(all({ status: "retry", code: "feed_stuck" }));
  });

  it("waits on when a feed began just as it was to be taken back", async () => {
    feed("IN_QUEUE", { createdTime: ago(5.1 * HOUR_MS) });
    amazon().delete(`${FEEDS}/feeds/feed-1`).reply(400, errors("InvalidInput", "The feed has begun"));
    expect(await collect()).toEqual({ status: "open", askAgainMs: 60_000 });
  });

  it("are taken back while they have not begun, and not once they have or are gone", async () => {
    const cancel = () => connect().session.cancelFeed?.("feed-1", callWithin());
    const taking = () => amazon().delete(`${FEEDS}/feeds/feed-1`);
    taking().reply(200, {});
    expect(await cancel()).toBe(true);
    taking().reply(400, errors("InvalidInput", "The feed has begun"));
    expect(await cancel()).toBe(false);
    taking().reply(404, errors("NotFound", "There is no such feed"));
    expect(await cancel()).toBe(false);
    taking().reply(500, "");
    expect(await channelErrorOf(Promise.resolve(cancel()))).toMatchObject({ failure: "unavailable" });
  });

  it.each([
    ["is no report", JSON.stringify({ hello: "world" })],
    ["is cut", gzipSync(JSON.stringify({ issues: [], summary: { messagesProcessed: 2 } })).subarray(0, 20)],
  ])("asks again later when the document %s, and does without it five minutes after the end", async (_name, body) => {
    const ended = (minutes: number) => {
      const processingEndTime = ago(minutes * 60_000);
      feed("DONE", { createdTime: ago(HOUR_MS), processingEndTime, resultFeedDocumentId: "out-1" });
      amazon().get(`${FEEDS}/documents/out-1`).reply(200, { url: ADDRESS });
      storage().get("/doc-1").query(true).reply(200, body);
      return collect();
    };
    expect(await channelErrorOf(ended(4.9))).toMatchObject({ failure: "unavailable", code: "unreadable_document" });
    expect(await ended(5)).toMatchObject(all({ status: "retry", code: "feed_incomplete" }));
  });

  it("does without a report that is gone or throttled for too long, but not when the credentials are refused", async () => {
    const without = (status: number, body: object) => {
      feed("FATAL", { createdTime: ago(HOUR_MS), resultFeedDocumentId: "out-1" });
      amazon().get(`${FEEDS}/documents/out-1`).reply(status, body);
      return collect();
    };
    const unknown = all({ status: "retry", code: "feed_failed" });
    expect(await without(404, errors("NotFound", "There is no such document"))).toMatchObject(unknown);
    expect(await without(429, errors("QuotaExceeded", "You exceeded your quota"))).toMatchObject(unknown);
    const refused = without(403, errors("Unauthorized", "Access to requested resource is denied."));
    expect(await channelErrorOf(refused)).toMatchObject({ failure: "unauthorized" });
  });
});
