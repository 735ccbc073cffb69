import { describe, expect, it } from "vitest";
import { adapterConformance, conformanceGroups, runCase } from "./conformance.ts";
import { toyHarness } from "./testing/toy-harness.ts";
import { toyPacer } from "./testing/toy-pacer.ts";

const options = { catalogSize: 12, pacing: { createPacer: toyPacer, scaleLimits: 1, pushes: 15 } };

adapterConformance("The toy channel", toyHarness(), options);

const cases = conformanceGroups(options).flatMap((group) => group.cases);

it("The conformance suite names every case once, so that a red one can be found", () => {
  const titles = cases.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

describe("The conformance suite asserts by the expect it was given, so that no other test that runs beside is blamed:", () => {
  it.for(cases)("$title", async (one, { expect }) => {
    await runCase(one, toyHarness(), expect);
    expect(expect.getState().assertionCalls).toBeGreaterThan(0);
  });
});
