import type { SeededRandom } from "../kit/index.ts";
import type { Seller } from "./seller.ts";

/** As in eBay's samples; its documentation names no number. */
const LIFETIME_SECONDS = 299;

interface Agreed {
  readonly seller: Seller;
  readonly scopes: readonly string[];
}

/** The codes of the consent page. */
export interface Codes {
  readonly lifetimeSeconds: number;
  issue(agreed: Agreed): string;
  /** What was agreed to; undefined when the code is unknown, too old or used before. */
  redeem(code: string): Agreed | undefined;
}

export function createCodes(random: SeededRandom): Codes {
  const issued = new Map<string, Agreed & { readonly expiresAt: number }>();
  return {
    lifetimeSeconds: LIFETIME_SECONDS,
    issue(agreed) {
      // Signs that must be decoded from the address exactly once.
      const code = `v^1.1#i^1#I^3#f^0#p^3#t^${random.hex(24)}%2B`;
      issued.set(code, { ...agreed, expiresAt: Date.now() + LIFETIME_SECONDS * 1_000 });
      return code;
    },
    redeem(code) {
      const found = issued.get(code);
      issued.delete(code);
      return found && found.expiresAt > Date.now() ? found : undefined;
    },
  };
}
