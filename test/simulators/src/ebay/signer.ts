import { createSign, generateKeyPairSync } from "node:crypto";

/** eBay's key for notifications. */
export interface Signer {
  readonly kid: string;
  /** PEM on one line, as eBay hands it out; OpenSSL reads it only once the line breaks are put back. */
  readonly publicKey: string;
  /** The value of `x-ebay-signature` for these bytes. */
  header(body: string): string;
}

/** A fresh P-256 key. eBay signs SHA-1 digests and sends the signature as DER (eBay event-notification-nodejs-sdk). */
export function createSigner(kid: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" });
  return {
    kid,
    publicKey: pem.toString().replaceAll("\n", ""),
    header(body) {
      const signature = createSign("sha1").update(body).sign(privateKey, "base64");
      return Buffer.from(JSON.stringify({ alg: "ecdsa", kid, signature, digest: "SHA1" })).toString("base64");
    },
  };
}
