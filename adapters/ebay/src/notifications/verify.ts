import { verify } from "node:crypto";
import { WebhookError, type VerifiedDelivery, type WebhookReceiver } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayCredentials, EbaySettings } from "../connection.ts";
import { answerChallenge } from "./challenge.ts";
import { readEnvelope } from "./envelope.ts";
import { createKeyRings, type VerificationKey } from "./key-ring.ts";
import { fetchPublicKey } from "./public-key.ts";

/**
 * How old a notification may be. `publishDate` is inside the signed body. eBay retries three times and then marks
 * the endpoint down; three days cover an outage on either side, and the inbox refuses repeats of an id meanwhile.
 */
const OLDEST_MS = 3 * 24 * 60 * 60_000;

/** A `kid` goes into an address, so it must look like eBay's: a UUID, of whatever version. */
const SignatureHeader = z.object({ kid: z.guid(), signature: z.base64().min(1) });

/** The gateway's side. */
export function createReceiver(): WebhookReceiver<EbayCredentials, EbaySettings> {
  const ringOf = createKeyRings();
  return {
    handshake: answerChallenge,
    /**
     * Checks the ECDSA signature over the raw bytes (eBay/event-notification-nodejs-sdk).
     * @throws {ChannelError} the key could not be fetched: neither genuine nor forged, eBay must send again.
     */
    async verify(request, channel, now) {
      const { kid, signature } = readHeader(request.headers["x-ebay-signature"]);
      const { appId } = await channel.credentials.read();
      const ring = ringOf(channel.outbound, appId);
      const key = await ring.get(kid, now, () => fetchPublicKey(kid, channel, ring.token));
      if (!key) throw new WebhookError("unauthorized", "signed with a key that is not eBay's");
      if (!isSigned(request.body, signature, key)) throw new WebhookError("unauthorized", "the signature is wrong");
      return deliveryOf(request.body, now);
    },
  };
}

function readHeader(header: string | undefined): z.infer<typeof SignatureHeader> {
  if (header === undefined) throw new WebhookError("unauthorized", "x-ebay-signature is missing");
  try {
    return SignatureHeader.parse(JSON.parse(Buffer.from(header, "base64").toString("utf8")));
  } catch {
    throw new WebhookError("unauthorized", "x-ebay-signature cannot be read");
  }
}

function isSigned(body: Uint8Array, signature: string, { key, digest }: VerificationKey): boolean {
  return key.asymmetricKeyType === "ec" && verify(digest, body, key, Buffer.from(signature, "base64"));
}

function deliveryOf(body: Uint8Array, now: number): VerifiedDelivery {
  const envelope = readEnvelope(body);
  if (!envelope) throw new WebhookError("malformed", "the body is not an eBay notification");
  const { metadata, notification } = envelope;
  if (now - Date.parse(notification.publishDate) > OLDEST_MS) {
    throw new WebhookError("unauthorized", "the notification is older than three days");
  }
  return { deliveryId: notification.notificationId, topic: metadata.topic };
}
