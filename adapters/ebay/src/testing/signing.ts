import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { EbaySettings, type EbayCredentials } from "../connection.ts";
import type { RawRequest, WebhookChannel } from "@lastunit/adapter-contract";
import { MemoryCredentials } from "@lastunit/adapter-contract/conformance";
import { createOutbound } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { credentials } from "./harness.ts";

const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });

export const ENDPOINT = "https://shop.example.com/webhooks/ebay/1";

/** Signs as eBay does, with a key of our own. */
export function makeSigner(digest: "SHA1" | "SHA256" = "SHA1") {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const kid: string = randomUUID();
  const pem = publicKey.export({ format: "pem", type: "spki" });
  return {
    kid,
    /** As eBay gives it: PEM on one line. */
    publicKeyAnswer: { key: String(pem).replaceAll("\n", ""), algorithm: "ECDSA", digest },
    header(body: string, as: { kid?: string } = {}): string {
      const signature = sign(digest, Buffer.from(body), privateKey).toString("base64");
      return encodeHeader({ alg: "ecdsa", kid: as.kid ?? kid, signature, digest });
    },
  };
}

export function encodeHeader(header: object): string {
  return Buffer.from(JSON.stringify(header)).toString("base64");
}

export function notification(topic: string, data: unknown, publishDate: string): string {
  return JSON.stringify({
    metadata: { topic, schemaVersion: "1.0", deprecated: false },
    notification: {
      notificationId: "49feeaeb-4982-42d9-a377-9645b8479411",
      eventDate: publishDate,
      publishDate,
      publishAttemptCount: 1,
      data,
    },
  });
}

export function posted(body: string, signature: string | undefined): RawRequest {
  return {
    method: "POST",
    path: "/webhooks/ebay/1",
    query: new URLSearchParams(),
    headers: { "content-type": "application/json", "x-ebay-signature": signature },
    body: Buffer.from(body),
  };
}

export function webhookChannel(
  given: Partial<EbayCredentials> = {},
  url: string = ENDPOINT,
): WebhookChannel<EbayCredentials, EbaySettings> {
  return {
    channelId: "1",
    settings: EbaySettings.parse({ seller: "acme" }),
    credentials: new MemoryCredentials<EbayCredentials>({ ...credentials, ...given }),
    url,
    outbound,
  };
}
