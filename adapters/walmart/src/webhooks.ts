import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookError, type WebhookReceiver } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartCredentials, WalmartSettings } from "./credentials.ts";

/** The header we ask Walmart to sign its deliveries in. */
export const SIGNATURE_HEADER = "X-Hub-Walmart-Auth";

/** The envelope every event comes in. `eventId` stays the same over redeliveries. */
const Envelope = z.object({
  source: z.object({ eventType: z.string().min(1), eventId: z.string().min(1) }),
});

/**
 * HMAC-SHA256 over the raw body, keyed with the secret the subscription was made with. Walmart's docs do not say
 * whether it is written in hex or base64, so both are read. It covers no timestamp: replays are caught by the event id.
 * Source: Walmart Marketplace OpenAPI, Notifications, `authDetails.authMethod` HMAC.
 */
export const webhooks: WebhookReceiver<WalmartCredentials, WalmartSettings> = {
  async verify(request, channel) {
    const given = digestOf(request.headers[SIGNATURE_HEADER.toLowerCase()] ?? "");
    const { webhookSecret } = await channel.credentials.read();
    if (given === undefined || webhookSecret === undefined || !isSignedBy(webhookSecret, request.body, given)) {
      throw new WebhookError("unauthorized", "The delivery is not signed with this channel's secret");
    }
    const { source } = readEnvelope(request.body);
    return { deliveryId: source.eventId, topic: source.eventType };
  },
};

function isSignedBy(secret: string, body: Uint8Array, given: Buffer): boolean {
  return timingSafeEqual(createHmac("sha256", secret).update(body).digest(), given);
}

/** The 32 bytes of a SHA-256 in hex or base64; undefined for anything else. */
function digestOf(signature: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(signature)) return Buffer.from(signature, "hex");
  if (/^[A-Za-z0-9+/]{43}=$/.test(signature)) return Buffer.from(signature, "base64");
  return undefined;
}

function readEnvelope(body: Uint8Array): z.infer<typeof Envelope> {
  try {
    return Envelope.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    throw new WebhookError("malformed", "The body has no source.eventType and source.eventId");
  }
}
