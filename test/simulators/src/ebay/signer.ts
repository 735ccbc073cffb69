import { createSign, generateKeyPairSync } from "node:crypto";

/** eBay's keys for notifications. */
export interface Signing {
  /** The value of `x-ebay-signature` for these bytes, by the newest key. */
  header(body: string): string;
  /** PEM on one line, as eBay hands it out; OpenSSL reads it only once the line breaks are put back. Old keys stay. */
  publicKey(kid: string): string | undefined;
  /** Signs with a key of its own from now on. */
  rotate(): void;
}

/** Fresh P-256 keys. eBay signs SHA-1 digests and sends the signature as DER (eBay event-notification-nodejs-sdk). */
export function createSigning(newKid: () => string): Signing {
  const publicKeys = new Map<string, string>();
  let newest = addKey();

  function addKey() {
    const kid = newKid();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    publicKeys.set(kid, publicKey.export({ type: "spki", format: "pem" }).toString().replaceAll("\n", ""));
    return { kid, privateKey };
  }

  return {
    publicKey: (kid) => publicKeys.get(kid),
    rotate() {
      newest = addKey();
    },
    header(body) {
      const { kid, privateKey } = newest;
      const signature = createSign("sha1").update(body).sign(privateKey, "base64");
      return Buffer.from(JSON.stringify({ alg: "ecdsa", kid, signature, digest: "SHA1" })).toString("base64");
    },
  };
}
