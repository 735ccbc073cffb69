import { randomBytes } from "node:crypto";
import { ChannelError, type CallContext, type ChannelConnection } from "@lastunit/adapter-contract";
import type { EbayClient } from "../client.ts";
import type { EbayCredentials, EbaySettings } from "../connection.ts";
import { ensureDestination } from "./destination.ts";
import { ensureSubscription } from "./subscription.ts";

/** Sales, and the seller removing the app. eBay has no topic for cancellations; polling brings those. */
const topics = ["ORDER_CONFIRMATION", "AUTHORIZATION_REVOCATION"];
const TOPIC_NOT_AUTHORIZED = "195011";

/**
 * Makes eBay send the channel's events to `url` (https, answering eBay's challenge): alert address, destination,
 * one subscription a topic. Safe to repeat; mends a destination eBay marked down. Some topics are for approved
 * partners only; without them the channel is polled.
 */
export async function subscribe(
  connection: ChannelConnection<EbayCredentials, EbaySettings>,
  client: EbayClient,
  url: string,
  call: CallContext,
): Promise<void> {
  const verificationToken = await ensureVerificationToken(connection);
  const application = await client.asApplication(call);
  const destinationId = await ensureDestination(application, client.settings, { url, verificationToken });
  for (const topicId of topics) {
    try {
      await ensureSubscription(client, application, { topicId, destinationId }, call);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== TOPIC_NOT_AUTHORIZED) throw error;
      call.log.warn({ channel: connection.key, topic: topicId }, "eBay does not grant this topic: polling only");
    }
  }
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
