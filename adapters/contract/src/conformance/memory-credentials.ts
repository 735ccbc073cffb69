import { isDeepStrictEqual } from "node:util";
import type { CredentialBox } from "../adapter.ts";

/** A credential box for one process: renewals take turns, as the stored one's do. */
export class MemoryCredentials<Credentials> implements CredentialBox<Credentials> {
  /** How often a renewal changed what is stored. */
  renewals = 0;
  #stored: Credentials;
  #turn: Promise<void> = Promise.resolve();

  constructor(initial: Credentials) {
    this.#stored = initial;
  }

  async read(): Promise<Credentials> {
    return this.#stored;
  }

  async renew(renew: (current: Credentials) => Promise<Credentials>): Promise<Credentials> {
    const earlier = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    await earlier;
    try {
      const next = await renew(this.#stored);
      if (!isDeepStrictEqual(next, this.#stored)) this.renewals += 1;
      this.#stored = next;
      return next;
    } finally {
      mine.resolve();
    }
  }

  /** Puts a value in place, as another process would. */
  replace(credentials: Credentials): void {
    this.#stored = credentials;
  }
}
