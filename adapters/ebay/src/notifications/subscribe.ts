import { randomBytes } from "node:crypto";
import { ChannelError, type CallContext, type ChannelConnection } from "@lastunit/adapter-contract";
import type { EbayClient } from "../client.ts";
import type { EbayCredentials, EbaySettings } from "../connection.ts";
import { ensureDestination } from "./destination.ts";
import type { Subscriber } from "./mending.ts";
import { ensureSubscription } from "./subscription.ts";

/** Sales, and the seller removing the app. eBay has no topic for cancellations; polling brings those. */
const topics = ["ORDER_CONFIRMATION", "AUTHORIZATION_REVOCATION"];
const TOPIC_NOT_AUTHORIZED = "195011";

/**
 * Makes eBay send the channel's events to `url` (https, answering eBay's challenge): alert address, destination,
 * one subscription a topic. Safe to repeat; mends a destination eBay marked down. Some topics are for approved
 * partners only; without them the channel is polled.
 * @returns what it had to make or mend, one sentence each.
 */
export async function subscribe(
  connection: ChannelConnection<EbayCredentials, EbaySettings>,
  client: EbayClient,
  url: string,
  call: CallContext,
): Promise<readonly string[]> {
  const mended: string[] = [];
  const verificationToken = await ensureVerificationToken(connection);
  const application: Subscriber = (schema, work) => client.asApplication("notification", schema, call, work);
  const seller: Subscriber = (schema, work) => client.asSeller("notification", schema, call, work);
  const endpoint = { url, verificationToken };
  const destinationId = await ensureDestination(application, client.settings, endpoint, mended);
  const refusals: ChannelError[] = [];
  for (const topicId of topics) {
    try {
      await ensureSubscription({ application, seller }, { topicId, destinationId }, mended);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      if (error.code === TOPIC_NOT_AUTHORIZED) {
        call.log.warn({ channel: connection.key, topic: topicId }, "eBay does not grant this topic: polling only");
      } else if (error.failure === "rejected") refusals.push(error);
      else throw error;
    }
  }
  // What is wrong with one topic keeps no other from being subscribed to.
  const [refusal] = refusals;
  if (refusal) throw refusal;
  return mended;
}

/** Stored before use, for eBay challenges the endpoint while the destination is being made. */
async function ensureVerificationToken({ credentials }: ChannelConnection<EbayCredentials, EbaySettings>) {
  const stored = (await credentials.read()).verificationToken;
  if (stored !== undefined) return stored;
  const made = randomBytes(32).toString("base64url");
  const kept = await credentials.renew((current) =>
    Promise.resolve({ ...current, verificationToken: current.verificationToken ?? made }),
  );
  return kept.verificationToken ?? made;
}
