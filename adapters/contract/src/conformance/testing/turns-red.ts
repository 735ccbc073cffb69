import { describe, it } from "vitest";
import type { ConformanceGroup } from "../case.ts";
import { runCase } from "../conformance.ts";
import type { MakeHarness } from "../harness.ts";
import { toyHarness, type Break } from "./toy-harness.ts";

/** What a careless adapter does, and the cases that must turn red for it. */
export interface CarelessAdapter {
  readonly does: string;
  readonly how: Break;
  readonly turnsRed: readonly string[];
}

/** Shows of every case of a group that it can fail: there is an adapter that turns it red, and the toy's keeps it green. */
export function turnsRedFor({ about, cases }: ConformanceGroup, careless: readonly CarelessAdapter[]): void {
  const rows = careless.flatMap(({ does, how, turnsRed }) => turnsRed.map((title) => ({ does, how, title })));
  const caseOf = (title: string) => {
    const found = cases.find((one) => one.title === title);
    if (!found) throw new Error(`there is no case "${title}"`);
    return found;
  };

  describe.concurrent(`Of ${about}, the conformance suite turns red for an adapter that`, () => {
    it.for(rows)("$does: $title", async ({ how, title }, { expect }) => {
      const outcome = (harness: MakeHarness) =>
        runCase(caseOf(title), harness, expect).then(
          (skipped) => skipped ?? "green",
          () => "red",
        );
      expect(await outcome(toyHarness(how))).toBe("red");
      expect(await outcome(toyHarness())).toBe("green");
    });

    it("breaks any one of its promises", ({ expect }) => {
      const broken = new Set(rows.map(({ title }) => title));
      expect(cases.filter(({ title }) => !broken.has(title)).map(({ title }) => title)).toEqual([]);
    });
  });
}
