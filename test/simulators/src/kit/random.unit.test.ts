import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";

const draw = (seed: number) => {
  const random = createRandom(seed);
  return [random.digits(18), random.hex(8), random.uuid(), random.shuffle([1, 2, 3, 4, 5, 6, 7, 8])];
};

describe("a seeded random source", () => {
  it("repeats itself for the same seed and differs for another", () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("makes ids of the asked length that never start with 0", () => {
    const random = createRandom(1);
    for (let count = 0; count < 200; count += 1) expect(random.digits(18)).toMatch(/^[1-9]\d{17}$/u);
  });

  it("shuffles without losing or doubling anything", () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = createRandom(3).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });
});
