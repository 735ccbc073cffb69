import { timingSafeEqual } from "node:crypto";
import { WebhookError, type WebhookReceiver } from "@lastunit/adapter-contract";
import { Webhook } from "standardwebhooks";
import type { WebhookCredentials, WebhookSettings } from "./credentials.ts";
import { readMovements, textOf } from "./movements.ts";

const TOLERANCE_SECONDS = 5 * 60;

/** All deliveries are of one kind. */
export const TOPIC = "movements";

/**
 * Standard Webhooks: `webhook-signature` holds one or more `v1,<base64 HMAC-SHA256 of "id.timestamp.body">`.
 * The package signs; the comparison and the clock are ours, because its own `verify` reads the system clock.
 *
 * The body's shape is checked as well, after the signature, so that a sender with a wrong field is told at once.
 */
export const webhooks: WebhookReceiver<WebhookCredentials, WebhookSettings> = {
  async verify(request, channel, now) {
    const id = request.headers["webhook-id"];
    const timestamp = request.headers["webhook-timestamp"];
    const signatures = request.headers["webhook-signature"];
    if (!id || !timestamp || !signatures) {
      throw new WebhookError("unauthorized", "webhook-id, webhook-timestamp and webhook-signature are needed");
    }
    const signedAt = readTimestamp(timestamp, now);
    const body = textOf(request.body);
    const { secret, previousSecret } = await channel.credentials.read();
    const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
    const expected = secrets.map((one) => new Webhook(one).sign(id, signedAt, body));
    if (!signatures.split(" ").some((given) => expected.some((one) => isSame(given, one)))) {
      throw new WebhookError("unauthorized", "The signature does not match");
    }
    readMovements(body);
    return { deliveryId: id, topic: TOPIC };
  },
};

/** Whole seconds since 1970, at most five minutes off, so that a recorded request cannot be sent again later. */
function readTimestamp(timestamp: string, now: number): Date {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now / 1_000 - seconds) <= TOLERANCE_SECONDS)) {
    throw new WebhookError("unauthorized", "webhook-timestamp is more than five minutes off");
  }
  return new Date(seconds * 1_000);
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
