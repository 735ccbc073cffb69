import type { KeyObject } from "node:crypto";
import type { Outbound } from "@lastunit/adapter-contract";
import { ApplicationToken } from "../application-token.ts";

/** A key eBay signs with and the digest it signs by. */
export interface VerificationKey {
  readonly key: KeyObject;
  readonly digest: "SHA1" | "SHA256";
}

/** eBay recommends to keep a key for about an hour (Notification API docs: getPublicKey). */
const KEEP_MS = 60 * 60_000;
/** Key ids come from whoever calls our endpoint, and each look-up is one of the keyset's 10,000 calls of the day. */
const UNKNOWN_KEYS_PER_HOUR = 20;

/**
 * eBay's public keys by id, and the ids eBay does not know. A key that was once good is renewed freely; ids never
 * seen before are looked up so many times an hour and no more, so inventing ids costs nobody anything.
 */
class KeyRing {
  /** What the look-ups are made with. */
  readonly token = new ApplicationToken();
  readonly #known = new Map<string, { readonly key: VerificationKey | null; readonly until: number }>();
  readonly #pending = new Map<string, Promise<VerificationKey | null>>();
  #lookUps: number[] = [];

  /** @returns null when eBay does not know the id, or too many unknown ones were asked for lately. */
  async get(kid: string, now: number, lookUp: () => Promise<VerificationKey | null>): Promise<VerificationKey | null> {
    const known = this.#known.get(kid);
    if (known && now < known.until) return known.key;
    const pending = this.#pending.get(kid);
    if (pending) return pending;
    if (!known?.key && !this.#mayLookUp(now)) return null;
    const asked = this.#ask(kid, now, lookUp);
    this.#pending.set(kid, asked);
    return asked;
  }

  async #ask(kid: string, now: number, lookUp: () => Promise<VerificationKey | null>) {
    try {
      const key = await lookUp();
      this.#known.set(kid, { key, until: now + KEEP_MS });
      return key;
    } finally {
      this.#pending.delete(kid);
    }
  }

  #mayLookUp(now: number): boolean {
    this.#lookUps = this.#lookUps.filter((at) => at > now - KEEP_MS);
    for (const [kid, { key, until }] of this.#known) if (key === null && now >= until) this.#known.delete(kid);
    if (this.#lookUps.length >= UNKNOWN_KEYS_PER_HOUR) return false;
    this.#lookUps.push(now);
    return true;
  }
}

/**
 * One ring a keyset, so that one merchant's unwelcome callers cost no other anything; and one set a door, because a
 * key is good only for the eBay (or the simulator) behind the door it was fetched through.
 */
export function createKeyRings(): (outbound: Outbound, appId: string) => KeyRing {
  const doors = new WeakMap<Outbound, Map<string, KeyRing>>();
  return (outbound, appId) => {
    const rings = doors.get(outbound) ?? new Map<string, KeyRing>();
    doors.set(outbound, rings);
    const ring = rings.get(appId) ?? new KeyRing();
    rings.set(appId, ring);
    return ring;
  };
}
