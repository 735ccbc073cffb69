const REMEMBERED = 10_000;

/** Answers by key, remembered. */
export interface Remembered<T> {
  (key: string): Promise<T | undefined>;
  /** Asks again next time. */
  forget(key: string): void;
}

/** Keeps found answers for a short while; "not found" is always asked again, so what is new works at once. */
export function remember<T>(find: (key: string) => Promise<T | undefined>, forMs: number): Remembered<T> {
  const found = new Map<string, { readonly value: T; readonly until: number }>();
  const look = async (key: string) => {
    const known = found.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = await find(key);
    found.delete(key);
    if (value === undefined) return undefined;
    if (found.size >= REMEMBERED) found.clear();
    found.set(key, { value, until: Date.now() + forMs });
    return value;
  };
  return Object.assign(look, { forget: (key: string) => void found.delete(key) });
}
