import type { AuditAnswer } from "@lastunit/ledger/client";
import type { Command } from "commander";
import { openRemote } from "./remote.ts";

type Mismatch = AuditAnswer["mismatches"][number];

export function auditCommand(program: Command): void {
  program
    .command("audit")
    .description("replay the ledger's log against its balances and reservations; exit code 1 when they differ")
    .option("--json", "print the report as JSON")
    .action(async (options: { json?: true }) => {
      const report = await openRemote().ledger.audit();
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
      if (report.mismatches.length > 0) process.exitCode = 1;
    });
}

function textOf({ events, balances, reservations, mismatches }: AuditAnswer): string {
  const isRight = mismatches.length === 0;
  return [
    `${events} events replayed, ${balances} balances and ${reservations} reservations checked.`,
    ...mismatches.map(sentenceOf),
    isRight ? "The books are right." : "The books are wrong.",
    "",
  ].join("\n");
}

function sentenceOf(mismatch: Mismatch): string {
  const { kind, merchant_id: merchant, sku, location_id: location, reservation_id: reservation, position } = mismatch;
  const differs = `expected ${JSON.stringify(mismatch.expected)}, found ${JSON.stringify(mismatch.actual)}`;
  switch (kind) {
    case "chain":
      return sku === null
        ? `position ${position}: an event is missing`
        : `position ${position}: the event was changed (${sku} at ${location} of ${merchant})`;
    case "reservation":
      return `reservation ${reservation} of ${merchant}: ${differs}; wrong from position ${position}`;
    case "event":
      return `position ${position}: the event notes a wrong balance of ${sku} at ${location} of ${merchant}: ${differs}`;
    case "balance":
      return `${sku} at ${location} of ${merchant}: ${differs}; wrong from position ${position}`;
  }
}
