import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookError, type RawRequest, type VerifiedDelivery, type WebhookChannel } from "@lastunit/adapter-contract";
import type { ShopifyCredentials, ShopifySettings } from "../connection.ts";

/**
 * Shopify docs, verify webhook deliveries: base64 HMAC-SHA256 of the raw body with the app's client secret. Computed
 * here over the bytes, since the library's own check takes text. The headers are not signed, nor is any time, so an
 * old delivery can't be told; that the same order, refund or level is told again changes nothing.
 */
export async function verify(
  request: RawRequest,
  channel: WebhookChannel<ShopifyCredentials, ShopifySettings>,
): Promise<VerifiedDelivery> {
  const signature = request.headers["x-shopify-hmac-sha256"] ?? "";
  const { clientSecret, previousClientSecret } = await channel.credentials.read();
  const secrets = [clientSecret, ...(previousClientSecret ? [previousClientSecret] : [])];
  if (!secrets.some((secret) => isSignedWith(secret, request.body, signature))) {
    throw new WebhookError("unauthorized", "the signature is missing or wrong");
  }
  if (request.headers["x-shopify-shop-domain"] !== channel.settings.shop) {
    throw new WebhookError("unauthorized", "the delivery is of another shop");
  }
  const deliveryId = request.headers["x-shopify-webhook-id"];
  const topic = request.headers["x-shopify-topic"];
  if (!deliveryId || !topic) throw new WebhookError("malformed", "X-Shopify-Webhook-Id and X-Shopify-Topic are needed");
  return { deliveryId, topic };
}

function isSignedWith(secret: string, body: Uint8Array, signature: string): boolean {
  const expected = Buffer.from(createHmac("sha256", secret).update(body).digest("base64"));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
