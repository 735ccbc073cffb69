import type { SeededRandom } from "../kit/index.ts";
import type { Seller } from "./seller.ts";

export const TOKEN_LIFETIME_SECONDS = 900;

export interface AccessToken {
  readonly seller: Seller;
  /** Whether it is the app's; else it is of the seller's own keys. */
  readonly isOfApp: boolean;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface Tokens {
  issue(seller: Seller, isOfApp: boolean): string;
  /** Undefined: never issued, expired, or the seller deleted the keys. */
  find(token: string | undefined): AccessToken | undefined;
  /** The seller a token was issued to, whether or not it still works. */
  sellerOf(token: string | undefined): Seller | undefined;
}

export function createTokens(random: SeededRandom): Tokens {
  const issued = new Map<string | undefined, AccessToken>();
  return {
    issue(seller, isOfApp) {
      const token = `eyJraWQiOiI${random.hex(80)}`;
      const issuedAt = Date.now();
      issued.set(token, { seller, isOfApp, issuedAt, expiresAt: issuedAt + TOKEN_LIFETIME_SECONDS * 1_000 });
      return token;
    },
    find(token) {
      const found = issued.get(token);
      return !found || found.expiresAt <= Date.now() || found.seller.isRevoked ? undefined : found;
    },
    sellerOf: (token) => issued.get(token)?.seller,
  };
}
