import type { CredentialBox } from "./credentials.ts";

/** A renewal by another process is noticed this much later at most; until then the channel's 401 makes us look again. */
const REMEMBER_MS = 2_000;

/**
 * The same credentials, read from the database once in a while instead of several times a call: each read opens every
 * field's seal.
 */
export function remembering<Credentials>(box: CredentialBox<Credentials>): CredentialBox<Credentials> {
  let remembered: { readonly value: Promise<Credentials>; readonly until: number } | undefined;

  function remember(value: Promise<Credentials>): Promise<Credentials> {
    const entry = { value, until: performance.now() + REMEMBER_MS };
    remembered = entry;
    value.catch(() => {
      if (remembered === entry) remembered = undefined;
    });
    return value;
  }

  return {
    read: () => (remembered && performance.now() < remembered.until ? remembered.value : remember(box.read())),
    // The stored value decides, never the remembered one.
    renew: (renew) => remember(box.renew(renew)),
  };
}
