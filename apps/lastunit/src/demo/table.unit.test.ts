import { describe, expect, it } from "vitest";
import { verdictTable } from "./table.ts";
import type { Verdict } from "./verdict.ts";

const verdict: Verdict = {
  ok: true,
  seconds: 20,
  skus: 24,
  units: 268,
  checkouts: { attempted: 240, held: 125, refused: 115 },
  channel_orders: 54,
  events: 376,
  duplicates_ignored: 13,
  oversold_by_reserve: 0,
  oversell_cases: 0,
  audit_mismatches: 0,
  channels: {},
  broken: [],
};
const conclusion = (told: Partial<Verdict>) =>
  verdictTable({ ...verdict, ...told })
    .trimEnd()
    .split("\n")
    .at(-1);

describe("the demo's last line", () => {
  it.each([
    [0, "No unit was sold twice, and every channel shows what is left."],
    [
      1,
      "No reservation sold a unit twice; 1 sale on a channel found no unit left and was filed as an oversell case, and " +
        "every channel shows what is left.",
    ],
    [
      2,
      "No reservation sold a unit twice; 2 sales on channels found no unit left and were filed as oversell cases, and " +
        "every channel shows what is left.",
    ],
  ])("counts %s sales that found no unit left", (oversell_cases, sentence) => {
    expect(conclusion({ oversell_cases })).toBe(sentence);
  });

  it("is what was broken, when anything was", () => {
    expect(conclusion({ ok: false, broken: ["Mismatches that the audit found: 1."] })).toBe(
      "  - Mismatches that the audit found: 1.",
    );
  });
});
