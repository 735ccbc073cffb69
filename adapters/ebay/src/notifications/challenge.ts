import { createHash } from "node:crypto";
import type { RawRequest, WebhookChannel } from "@lastunit/adapter-contract";
import type { EbayCredentials, EbaySettings } from "../connection.ts";

/**
 * eBay proves that an endpoint is ours before it sends there: `GET <endpoint>?challenge_code=…` wants
 * sha256(code + verification token + endpoint) back, the endpoint byte for byte as registered
 * (developer.ebay.com/marketplace-account-deletion; eBay/event-notification-nodejs-sdk).
 */
export async function answerChallenge(
  request: RawRequest,
  channel: WebhookChannel<EbayCredentials, EbaySettings>,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  const code = request.query.get("challenge_code");
  if (request.method !== "GET" || code === null) return undefined;
  const { verificationToken } = await channel.credentials.read();
  if (verificationToken === undefined) return undefined;
  const challengeResponse = challengeResponseOf(code, verificationToken, channel.url);
  return { status: 200, body: JSON.stringify({ challengeResponse }) };
}

export function challengeResponseOf(code: string, verificationToken: string, endpoint: string): string {
  return createHash("sha256").update(code).update(verificationToken).update(endpoint).digest("hex");
}
