import type { Command } from "commander";
import { openRemote } from "./remote.ts";

export function auditCommand(program: Command): void {
  program
    .command("audit")
    .description("replay the ledger's log against its balances; exit code 1 when they differ")
    .option("--json", "print the report as JSON")
    .action(async (options: { json?: true }) => {
      const report = await openRemote().ledger.audit();
      if (options.json) {
        process.stdout.write(`${JSON.stringify(report)}\n`);
      } else {
        process.stdout.write(`${report.events} events replayed, ${report.balances} balances checked.\n`);
        for (const mismatch of report.mismatches) process.stdout.write(`${JSON.stringify(mismatch)}\n`);
        process.stdout.write(report.mismatches.length === 0 ? "The books are right.\n" : "The books are wrong.\n");
      }
      if (report.mismatches.length > 0) process.exitCode = 1;
    });
}
