/** A repeatable source of what is random in a simulator: ids, secrets and the order of deliveries. */
export interface SeededRandom {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** `length` decimal digits; the first is never 0. */
  digits(length: number): string;
  hex(length: number): string;
  uuid(): string;
  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[];
}

/** Two sources with the same seed give the same values in the same order. */
export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  // mulberry32: 32 bits of state are plenty for ids that need only differ within one run.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number) => Math.floor(next() * limit);
  const hex = (length: number) => Array.from({ length }, () => below(16).toString(16)).join("");

  return {
    below,
    hex,
    digits: (length) => Array.from({ length }, (_, index) => (index === 0 ? 1 + below(9) : below(10))).join(""),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab".charAt(below(4))}${hex(3)}-${hex(12)}`,
    shuffle(items) {
      return items
        .map((item) => ({ item, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item);
    },
  };
}
