import { expect, it } from "vitest";
import { percentOf } from "../public/dom.js";

it.each([
  [1, 100],
  [0.55, 55],
  [0.07, 7],
  [0.125, 12.5],
  [0, 0],
])("a share of %f is %f percent", (share, percent) => {
  expect(percentOf(share)).toBe(percent);
});
