import {
  CALL_DEADLINE_MS,
  ChannelError,
  notSubmitted,
  type CallContext,
  type InventoryUpdate,
} from "@lastunit/adapter-contract";
import type { AmazonClient } from "../client.ts";
import { NO_TURN } from "../errors.ts";
import type { FulfillmentWatch } from "../fulfillment-watch.ts";
import { messagesOf, type Message } from "./messages.ts";
import { createFeed, createFeedDocument, feedsSince } from "./operations.ts";
import { DOCUMENT_TYPE, upload } from "./storage.ts";

/** So much of the call's time is kept to look for a feed whose making is not answered, and for that answer. */
const TO_FIND_MS = 3_000;
const TO_ANSWER_MS = 2_000;
/** How far Amazon's clock and ours may be apart. */
const CLOCKS_APART_MS = 30_000;

/**
 * Sends the quantities as one listings feed, which Amazon works off later: minutes, under load hours. Listings whose
 * quantity must not be written are left out; `collectFeed` says why.
 *
 * @throws {ChannelError} `rejected` when none of them can be written.
 */
export async function submitFeed(
  client: AmazonClient,
  watch: FulfillmentWatch,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<string> {
  const messages = messagesOf(updates, watch);
  if (messages.length === 0) {
    throw new ChannelError("rejected", "none of these listings can be written", { code: "nothing_to_send" });
  }
  const answerBy = Date.now() + CALL_DEADLINE_MS - TO_FIND_MS;
  const documentId = await uploaded(client, messages, call).catch((error: unknown) => {
    throw notSubmitted(error);
  });
  const before = new Date();
  const leftMs = answerBy - before.getTime();
  if (leftMs < TO_ANSWER_MS) {
    throw notSubmitted(new ChannelError("unavailable", "its upload took too long", { code: "timeout" }));
  }
  const inTime = AbortSignal.timeout(leftMs);
  try {
    return await createFeed(client, documentId, { ...call, signal: AbortSignal.any([call.signal, inTime]) });
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "unavailable") throw error;
    if (error.code === NO_TURN) throw notSubmitted(error);
    const made = await findMade(client, new Date(before.getTime() - CLOCKS_APART_MS), call);
    if (made === undefined) throw error;
    call.log.warn({ feed_id: made }, "the answer to a feed was lost, and the feed found");
    return made;
  }
}

/** @returns the document's id. */
async function uploaded(client: AmazonClient, messages: readonly Message[], call: CallContext): Promise<string> {
  const header = { sellerId: client.settings.sellerId, version: "2.0", issueLocale: "en_US" };
  const { feedDocumentId, url } = await createFeedDocument(client, DOCUMENT_TYPE, call);
  await upload(client.outbound, url, JSON.stringify({ header, messages }), call.signal);
  return feedDocumentId;
}

/** The feed whose making was not answered. More than one new feed: not to be told apart. */
async function findMade(client: AmazonClient, since: Date, call: CallContext): Promise<string | undefined> {
  if (call.signal.aborted) return undefined;
  const found = await feedsSince(client, since, call).catch(() => []);
  return found.length === 1 ? found[0]?.feedId : undefined;
}
