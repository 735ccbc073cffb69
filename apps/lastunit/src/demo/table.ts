import Table from "cli-table3";
import type { Verdict } from "./verdict.ts";

/** The verdict for people. */
export function verdictTable(verdict: Verdict): string {
  const style = { head: [], border: [] };
  const chars = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };
  const sale = new Table({ style, chars });
  sale.push(
    ["SKUs · units", `${verdict.skus} · ${verdict.units}`],
    ["checkouts attempted", String(verdict.checkouts.attempted)],
    ["  held", String(verdict.checkouts.held)],
    ["  refused", String(verdict.checkouts.refused)],
    ["channel orders", String(verdict.channel_orders)],
    ["events in the ledger", String(verdict.events)],
    ["repeated deliveries ignored", String(verdict.duplicates_ignored)],
    ["oversold by a reservation", String(verdict.oversold_by_reserve)],
    ["oversell cases (sold on channels, no unit left)", String(verdict.oversell_cases)],
    ["audit mismatches", String(verdict.audit_mismatches)],
  );
  const channels = new Table({
    head: ["channel", "calls", "writes", "throttled", "in sync", "commit → accepted p50", "p99"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style,
    chars,
  });
  for (const [kind, one] of Object.entries(verdict.channels)) {
    channels.push([
      kind,
      String(one.calls),
      String(one.writes),
      String(one.throttled),
      `${one.in_sync}/${one.listings}`,
      milliseconds(one.p50_ms),
      milliseconds(one.p99_ms),
    ]);
  }
  const end = verdict.ok
    ? conclusion(verdict)
    : ["A promise was broken:", ...verdict.broken.map((line) => `  - ${line}`)].join("\n");
  return `${sale.toString()}\n${channels.toString()}\n${end}\n`;
}

function conclusion({ oversell_cases: cases }: Verdict): string {
  return `${soldTwice(cases)}, and every channel shows what is left.`;
}

function soldTwice(cases: number): string {
  if (cases === 0) return "No unit was sold twice";
  const found =
    cases === 1
      ? "1 sale on a channel found no unit left and was filed as an oversell case"
      : `${cases} sales on channels found no unit left and were filed as oversell cases`;
  return `No reservation sold a unit twice; ${found}`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${value} ms`;
}
