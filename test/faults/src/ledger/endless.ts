import fc from "fast-check";

/** Endless values of an arbitrary, the same for the same seed. */
export function* endless<T>(arbitrary: fc.Arbitrary<T>, from: number): Generator<T, never> {
  for (let chunk = 0; ; chunk += 1) yield* fc.sample(arbitrary, { seed: from + chunk * 7_919, numRuns: 50 });
}
