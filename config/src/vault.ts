import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/**
 * Secrets at rest: AES-256-GCM under a data key per merchant, and each data key wrapped by the newest of `LASTUNIT_KEYS`.
 * A sealed text says what it is: `lu1.<use>.<key id>.<iv>.<ciphertext and tag>`, base64url. What it belongs to is
 * authenticated with it, so a ciphertext moved to another merchant, channel or field does not open.
 */
export interface Vault {
  /** A new data key for the merchant, wrapped; keep it beside the merchant. */
  createDataKey(merchantId: string): string;
  seal(wrappedDataKey: string, bind: SealBinding, plaintext: string): string;
  /** @throws {VaultError} `wrong_key` when no key opens it, `malformed_ciphertext` when it is not one of ours. */
  open(wrappedDataKey: string, bind: SealBinding, ciphertext: string): string;
  /** The same data key wrapped by the newest key, or undefined when it already is. */
  rewrap(merchantId: string, wrappedDataKey: string): string | undefined;
}

/** What a secret belongs to. */
export interface SealBinding {
  readonly merchantId: string;
  readonly channelId: string;
  readonly field: string;
}

/** `malformed_key`: LASTUNIT_KEYS holds something that is no key. No message holds key or secret. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: "wrong_key" | "malformed_ciphertext" | "malformed_key";

  constructor(code: VaultError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

type Use = "data-key" | "secret";

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * @param keys `LASTUNIT_KEYS`: base64 of 32 random bytes each, separated by commas, newest first.
 * @throws {VaultError} `malformed_key`
 */
export function createVault(keys: string): Vault {
  const ring = keys.split(",").map((text, index) => parseKey(text.trim(), index));
  const [newest] = ring;
  if (!newest) throw new VaultError("malformed_key", "LASTUNIT_KEYS is empty.");

  function unwrap(merchantId: string, wrapped: string): Key {
    const sealed = parseSealed("data-key", wrapped);
    const key = ring.find((candidate) => candidate.id === sealed.keyId);
    if (!key) {
      throw new VaultError(
        "wrong_key",
        `None of LASTUNIT_KEYS is key ${sealed.keyId}, under which merchant ${merchantId}'s data key was wrapped. Add that key to the end of LASTUNIT_KEYS.`,
      );
    }
    return keyOf(decrypt(key, sealed, aad("data-key", [merchantId])));
  }

  return {
    createDataKey: (merchantId) => encrypt("data-key", newest, randomBytes(KEY_BYTES), aad("data-key", [merchantId])),
    seal(wrapped, bind, plaintext) {
      return encrypt("secret", unwrap(bind.merchantId, wrapped), Buffer.from(plaintext, "utf8"), bindingOf(bind));
    },
    open(wrapped, bind, ciphertext) {
      const sealed = parseSealed("secret", ciphertext);
      return decrypt(unwrap(bind.merchantId, wrapped), sealed, bindingOf(bind)).toString("utf8");
    },
    rewrap(merchantId, wrapped) {
      if (parseSealed("data-key", wrapped).keyId === newest.id) return undefined;
      return encrypt("data-key", newest, unwrap(merchantId, wrapped).bytes, aad("data-key", [merchantId]));
    },
  };
}

/** A key for `LASTUNIT_KEYS`. */
export function createVaultKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

function parseKey(text: string, index: number): Key {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== KEY_BYTES || bytes.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, "")) {
    throw new VaultError(
      "malformed_key",
      `Key ${index + 1} of LASTUNIT_KEYS is not base64 of 32 bytes. Make one with: openssl rand -base64 32`,
    );
  }
  return keyOf(bytes);
}

function keyOf(bytes: Buffer): Key {
  return { bytes, id: createHash("sha256").update(bytes).digest("hex").slice(0, 12) };
}

function bindingOf(bind: SealBinding): Buffer {
  return aad("secret", [bind.merchantId, bind.channelId, bind.field]);
}

/** JSON keeps the parts apart: ("a", "bc") and ("ab", "c") differ. */
function aad(use: Use, parts: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(["lu1", use, ...parts]), "utf8");
}

function encrypt(use: Use, key: Key, plaintext: Buffer, bound: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(bound);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return ["lu1", use, key.id, iv.toString("base64url"), body.toString("base64url")].join(".");
}

interface Sealed {
  readonly keyId: string;
  readonly iv: Buffer;
  readonly body: Buffer;
}

function parseSealed(use: Use, text: string): Sealed {
  const [version, sealedUse, keyId, iv, body, ...rest] = text.split(".");
  const sealed = {
    keyId: keyId ?? "",
    iv: Buffer.from(iv ?? "", "base64url"),
    body: Buffer.from(body ?? "", "base64url"),
  };
  const isOurs = version === "lu1" && sealedUse === use && rest.length === 0;
  if (!isOurs || sealed.iv.length !== IV_BYTES || sealed.body.length < TAG_BYTES) {
    throw new VaultError("malformed_ciphertext", `This is not a sealed ${use} of Lastunit's.`);
  }
  return sealed;
}

function decrypt(key: Key, sealed: Sealed, bound: Buffer): Buffer {
  if (key.id !== sealed.keyId) {
    throw new VaultError("wrong_key", `This secret was sealed under data key ${sealed.keyId}, not ${key.id}.`);
  }
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, sealed.iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound).setAuthTag(sealed.body.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.body.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new VaultError(
      "wrong_key",
      `This secret does not open with key ${key.id}: it was changed, or it belongs to another merchant, channel or field.`,
    );
  }
}
