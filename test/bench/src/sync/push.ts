import type { Benchmark, Ground } from "../bench.ts";
import type { Report } from "../report.ts";
import { measureBurst } from "./push/burst.ts";
import { measureSoldOut } from "./push/sold-out.ts";
import { measureSteady } from "./push/steady.ts";

export const push: Benchmark = {
  name: "push",
  summary: "How much of each channel's limit is used, in how few calls, and how soon sold-out shows in a rush.",
  usual: { rounds: 1, clients: [], events: [] },
  quick: { rounds: 1, clients: [], events: [] },
  run,
};

/** `against`: what the limit allows, one call a sale, or the time between two calls at the limit. */
async function run(ground: Ground): Promise<Report> {
  const reports: Report[] = [];
  for (const measure of [measureBurst, measureSoldOut, measureSteady]) reports.push(await measure(ground));
  return {
    rows: reports.flatMap(({ rows }) => rows),
    ratios: reports.flatMap(({ ratios }) => ratios),
    checks: reports.flatMap(({ checks }) => checks),
  };
}
