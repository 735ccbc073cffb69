import Table from "cli-table3";

/** One line of a report: what was measured, and the numbers with their unit in the name (`p99 ms`). */
export type Row = Readonly<Record<string, string | number>>;

/** How ours compares with a baseline of the same run, and what it is meant to reach. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Something that must hold whatever the speed; a benchmark whose check fails ends with exit code 1. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly checks: readonly Check[];
}

/** The report for people. */
export function reportTables(report: Report): string {
  const style = { head: [], border: [] };
  const columns = [...new Set(report.rows.flatMap((row) => Object.keys(row)))];
  const measured = new Table({
    head: columns,
    style,
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    colAligns: columns.map((name) => (report.rows.some((row) => typeof row[name] === "string") ? "left" : "right")),
  });
  for (const row of report.rows) measured.push(columns.map((name) => shown(row[name])));
  const ratios = report.ratios.map(
    (ratio) => `${ratio.name}: ${shown(ratio.value)}${ratio.goal ? ` (${goalText(ratio, ratio.goal)})` : ""}`,
  );
  const checks = report.checks.map((check) => `${check.ok ? "ok    " : "FAILED"} ${check.name}`);
  return [measured.toString(), ...ratios, "", ...checks, ""].join("\n");
}

function goalText({ value }: Ratio, goal: NonNullable<Ratio["goal"]>): string {
  const [words, isMet] =
    "atLeast" in goal
      ? [`at least ${goal.atLeast}`, value >= goal.atLeast]
      : [`at most ${goal.atMost}`, value <= goal.atMost];
  return `goal: ${words}, ${isMet ? "met" : "not met"}`;
}

function shown(value: string | number | undefined): string {
  if (typeof value !== "number") return value ?? "–";
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
