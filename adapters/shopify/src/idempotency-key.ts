import { createHash } from "node:crypto";

/**
 * The key of one write: made of the call's own key and of what is written, so that a repeated call names its writes the
 * same, and no key ever stands for two contents (Shopify docs: implementing idempotency; a key counts for 24 hours).
 * @param attempt tells two writes of the same content apart: a key whose write failed is spent.
 */
export function idempotencyKeyOf(callKey: string, attempt: number, content: object): string {
  const digest = createHash("sha256")
    .update(`${callKey} ${attempt} ${JSON.stringify(content)}`)
    .digest();
  // A UUID of version 8 (RFC 9562: vendor-specific), variant 10.
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
