import { mintApplicationToken, type Caller } from "./requests.ts";
import { isFresh, type AccessToken } from "./tokens.ts";

/** The token of a keyset itself, minted when it is first needed and kept for as long as it lives: eBay gives 1,000 a day. */
export class ApplicationToken {
  #minted: Promise<AccessToken> | undefined;

  async get(caller: Caller): Promise<string> {
    const known = this.#minted;
    const kept = await known?.catch(() => undefined);
    if (kept && isFresh(kept.accessTokenExpiresAt)) return kept.accessToken;
    // Of those that found it missing together, the first one mints.
    const minted = this.#minted === known ? undefined : this.#minted;
    this.#minted = minted ?? mintApplicationToken(caller);
    return (await this.#minted).accessToken;
  }

  /** For when eBay has refused it. */
  forget(): void {
    this.#minted = undefined;
  }
}
