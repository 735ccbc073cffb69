import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { createLogUpdate } from "log-update";
import { z } from "zod";
import { findChannelId } from "./find-channel.ts";
import { describeImport, importProgress } from "./import-progress.ts";
import { openRemote, type Remote } from "./remote.ts";

const ASK_EVERY_MS = 500;

const importReport = importProgress.extend({
  matched: z.object({
    exact: z.number(),
    normalized: z.number(),
    barcode: z.number(),
    ambiguous: z.number(),
    unmatched: z.number(),
  }),
  not_matched: z.array(
    z.object({
      channel_sku: z.string(),
      barcode: z.string().nullable(),
      title: z.string(),
      candidates: z.array(z.string()),
    }),
  ),
});

type ImportReport = z.infer<typeof importReport>;

export function importCommand(program: Command): void {
  program
    .command("import")
    .description("import a channel's listings again, and say which could not be matched to a SKU")
    .argument("<channel>", "its key, such as shopify:acme (lastunit status lists them)")
    .requiredOption("--merchant <id>", "whose channel it is")
    .option("--json", "print the report as JSON")
    .action(async (channelKey: string, options: { merchant: string; json?: true }) => {
      const remote = openRemote();
      const path = `/v1/channels/${await findChannelId(remote, channelKey, options.merchant)}/import`;
      await remote.gateway(importProgress, "POST", path, { merchantId: options.merchant });
      const report = await watch(remote, path, options.merchant);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report));
    });
}

/** Shows how far it is, on a terminal, until it has ended. */
async function watch(remote: Remote, path: string, merchantId: string): Promise<ImportReport> {
  const show = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  for (;;) {
    const report = await remote.gateway(importReport, "GET", path, { merchantId });
    show?.(describeImport(report));
    if (report.status === "finished") {
      show?.clear();
      return report;
    }
    await delay(ASK_EVERY_MS);
  }
}

function describe(report: ImportReport): string {
  const { exact, normalized, barcode, ambiguous, unmatched } = report.matched;
  const lines = [
    describeImport(report),
    `matched to known SKUs: ${exact} exactly, ${normalized} but for case, spaces and hyphens, ${barcode} by barcode`,
    `not matched: ${ambiguous} ambiguous, ${unmatched} that nothing known fits (their own text stands for the SKU)`,
  ];
  for (const one of report.not_matched.filter(({ candidates }) => candidates.length > 0)) {
    lines.push(`  ? ${one.channel_sku || one.barcode} (${one.title}) could be ${one.candidates.join(" or ")}`);
  }
  return `${lines.join("\n")}\n`;
}
