import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { asArray, asInteger, asObject, asText, parseJson, type JsonObject, type Kit } from "../kit/index.ts";
import type { Seller } from "./account.ts";
import { addDocument } from "./feed-documents.ts";
import type { Feed } from "./feed-store.ts";
import { checkPatch, malformedPatch } from "./listing-patch.ts";
import { applyChange } from "./listing-write.ts";

const MOST_MESSAGES = 25_000;
const MOST_BYTES = 10 * 1024 * 1024;
const LARGEST_MESSAGE_ID = 2 ** 31 - 1;

interface FeedIssue {
  readonly messageId: number;
  readonly sku: string;
  readonly code: string;
  readonly severity: "ERROR" | "WARNING";
  readonly message: string;
}

/**
 * Runs one feed (schema listings-feed-schema-v2). Each message stands alone; a document that breaks the schema is FATAL.
 * A stuck one stays in the queue, and those behind it go on.
 */
export async function processFeed(seller: Seller, feed: Feed, kit: Kit<Seller>): Promise<void> {
  if (feed.processingStatus === "CANCELLED" || kit.isFeedStuck(seller.name)) return;
  feed.processingStatus = "IN_PROGRESS";
  await sleep(kit.processingMs, undefined, { ref: false });
  const bytes = seller.feeds.documents.get(feed.inputDocumentId)?.bytes ?? Buffer.alloc(0);
  const messages = readMessages(bytes, seller);
  if (!messages) return finish(feed, "FATAL");
  const issues = messages.flatMap((message) => runMessage(seller, message, kit));
  const report = Buffer.from(JSON.stringify(reportOf(seller, feed, messages.length, issues)));
  const document = {
    contentType: "application/json; charset=UTF-8",
    compression: "GZIP",
    bytes: gzipSync(report),
  } as const;
  feed.resultFeedDocumentId = addDocument(seller, document, kit);
  finish(feed, "DONE");
}

function finish(feed: Feed, status: "DONE" | "FATAL"): void {
  feed.processingStatus = status;
  feed.processingEndTime = new Date().toISOString();
}

/** Undefined: the document as a whole is refused. */
function readMessages(bytes: Buffer, seller: Seller): readonly JsonObject[] | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  const feed = asObject(parseJson(bytes));
  const header = asObject(feed?.["header"]);
  const messages = asArray(feed?.["messages"])?.map((message) => asObject(message) ?? {}) ?? [];
  const ids = new Set(messages.map((message) => asInteger(message["messageId"]) ?? 0));
  const isHeaderRight = header?.["sellerId"] === seller.sellerId && header["version"] === "2.0";
  const areIdsRight = ids.size === messages.length && [...ids].every((id) => id >= 1 && id <= LARGEST_MESSAGE_ID);
  return isHeaderRight && areIdsRight && messages.length >= 1 && messages.length <= MOST_MESSAGES
    ? messages
    : undefined;
}

function runMessage(seller: Seller, message: JsonObject, kit: Kit<Seller>): readonly FeedIssue[] {
  const sku = asText(message["sku"]) ?? "";
  const about = { messageId: asInteger(message["messageId"]) ?? 0, sku };
  const isPatch = message["operationType"] === "PATCH";
  const malformed = isPatch ? malformedPatch(message) : "operationType must be PATCH: the simulator knows no other";
  if (malformed !== undefined) return [{ ...about, code: "4000003", severity: "ERROR", message: malformed }];
  const checked = checkPatch(seller, sku, message);
  if ("change" in checked) applyChange(seller, checked.change, kit);
  const issues = "change" in checked ? checked.warnings : checked.issues;
  return issues.map(({ code, severity, message }) => ({ ...about, code, severity, message }));
}

function reportOf(seller: Seller, { feedId }: Feed, messagesProcessed: number, issues: readonly FeedIssue[]) {
  const errors = issues.filter(({ severity }) => severity === "ERROR");
  const messagesInvalid = new Set(errors.map(({ messageId }) => messageId)).size;
  const messagesAccepted = messagesProcessed - messagesInvalid;
  const warnings = issues.length - errors.length;
  return {
    header: { sellerId: seller.sellerId, version: "2.0", feedId },
    issues,
    summary: { errors: errors.length, warnings, messagesProcessed, messagesAccepted, messagesInvalid },
  };
}
