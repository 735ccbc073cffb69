/** How long the ledger's word is trusted: a revoked token works at most this much longer. */
const TRUST_MS = 10_000;
const REMEMBERED = 10_000;

/** Keeps found answers for a short while; "not found" is always asked again, so what is new works at once. */
export function remember<T>(find: (key: string) => Promise<T | undefined>): (key: string) => Promise<T | undefined> {
  const found = new Map<string, { readonly value: T; readonly until: number }>();
  return async (key) => {
    const known = found.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = await find(key);
    found.delete(key);
    if (value === undefined) return undefined;
    if (found.size >= REMEMBERED) found.clear();
    found.set(key, { value, until: Date.now() + TRUST_MS });
    return value;
  };
}
