import Table from "cli-table3";
import type { Command } from "commander";
import { z } from "zod";
import { openRemote } from "./remote.ts";

const channels = z.object({
  channels: z.array(
    z.object({
      merchant_id: z.string(),
      channel_key: z.string(),
      status: z.string(),
      status_reason: z.string().nullable(),
      problems: z.array(z.string()),
      renew_by: z.object({ at: z.string(), what: z.string() }).nullable(),
      listings: z.number(),
      in_sync: z.number(),
      behind: z.number(),
      refused: z.number(),
    }),
  ),
});

/** A month, so that whoever must act has the time to. */
const RENEW_SOON_MS = 30 * 24 * 3_600_000;

export function statusCommand(program: Command): void {
  program
    .command("status")
    .description("the channels and how far each is in sync")
    .option("--merchant <id>", "of this merchant alone")
    .option("--json", "print it as JSON")
    .action(async (options: { merchant?: string; json?: true }) => {
      const found = await openRemote().gateway(channels, "GET", "/v1/channels", { merchantId: options.merchant });
      process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : statusTable(found.channels));
    });
}

function statusTable(rows: z.infer<typeof channels>["channels"]): string {
  if (rows.length === 0)
    return "No channel is connected yet. Connect one with: npx lastunit connect <kind> --merchant <id>\n";
  const table = new Table({
    head: ["merchant", "channel", "status", "listings", "in sync", "waiting", "refused"],
    colAligns: ["left", "left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const one of rows) {
    const status = one.status_reason === null ? one.status : `${one.status}: ${one.status_reason}`;
    table.push([one.merchant_id, one.channel_key, status, one.listings, one.in_sync, one.behind, one.refused]);
  }
  return `${[table.toString(), ...rows.flatMap(warnings)].join("\n")}\n`;
}

/** Below the table: what is wrong with a channel, and what must be renewed soon. */
function warnings(one: z.infer<typeof channels>["channels"][number]): string[] {
  const renewal = one.renew_by;
  const isSoon = renewal !== null && Date.parse(renewal.at) - Date.now() < RENEW_SOON_MS;
  const due = isSoon ? [`renew by ${renewal.at.slice(0, 10)}: ${renewal.what}`] : [];
  return [...one.problems, ...due].map((line) => `! ${one.merchant_id} ${one.channel_key}: ${line}`);
}
