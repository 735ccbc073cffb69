import { describe, expect, it } from "vitest";
import { shuffled } from "./requests.ts";

describe("the order in which a load wants its SKUs", () => {
  it.each([1, 2, 1_000, 5_000, 10_000, 7_919, 2 * 7_919, 7_907])(
    "has each of %i once before any comes again, and then the same again",
    (length) => {
      const places = Array.from({ length }, (_, n) => shuffled(n, length));
      expect(places.toSorted((a, b) => a - b)).toEqual([...places.keys()]);
      expect(shuffled(length + 1, length)).toBe(shuffled(1, length));
    },
  );

  it("has no neighbours one after the other", () => {
    const places = Array.from({ length: 10_000 }, (_, n) => shuffled(n, 10_000));
    const steps = places.slice(1).map((place, n) => Math.abs(place - (places[n] ?? 0)));
    expect(Math.min(...steps)).toBeGreaterThan(1);
  });
});
