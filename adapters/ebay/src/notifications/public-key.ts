import { createPublicKey } from "node:crypto";
import { CALL_DEADLINE_MS, ChannelError, type WebhookChannel } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayCredentials, EbaySettings } from "../connection.ts";
import type { ApplicationToken } from "../application-token.ts";
import { send } from "../requests.ts";
import type { VerificationKey } from "./key-ring.ts";

const PublicKey = z.object({
  key: z.string(),
  algorithm: z.literal("ECDSA"),
  digest: z.enum(["SHA1", "SHA256"]),
});

/**
 * Asks eBay for the key with this id; null when it knows none. The digest is the key's, never the request's.
 * @throws {ChannelError} eBay could not be asked, or gave what is no key: nothing is known about the id.
 */
export async function fetchPublicKey(
  kid: string,
  channel: WebhookChannel<EbayCredentials, EbaySettings>,
  token: ApplicationToken,
): Promise<VerificationKey | null> {
  const { settings, outbound } = channel;
  const signal = AbortSignal.timeout(CALL_DEADLINE_MS);
  const caller = { credentials: await channel.credentials.read(), settings, outbound, signal };
  const accessToken = await token.get(caller);
  try {
    const answer = await send(caller, accessToken, PublicKey, (api) => api.commerce.notification.getPublicKey(kid));
    return { key: keyObjectOf(answer.key), digest: answer.digest };
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.failure === "rejected") return null;
    if (error.failure === "unauthorized") token.forget();
    throw error;
  }
}

/** eBay's PEM comes without line breaks, which OpenSSL refuses; the DER inside is fine. */
function keyObjectOf(pem: string) {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----/g, ""), "base64");
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    throw new ChannelError("unavailable", "eBay's public key cannot be read", { code: "unreadable_answer" });
  }
}
