import type { TokenEntry } from "@lastunit/ledger/client";
import Table from "cli-table3";
import type { Command } from "commander";
import { openRemote } from "./remote.ts";

export function tokenCommand(program: Command): void {
  const token = program
    .command("token")
    .description("make a token for a merchant (and the merchant, if new), or show the operator's")
    .argument("[merchant]", "lower-case letters, digits and hyphens")
    .option("--label <text>", "what the token is for", "command line")
    .option("--operator", "show the operator's token, which sees all merchants")
    .action(async (merchantId: string | undefined, options: { label: string; operator?: true }) => {
      const { ledger, serviceToken } = openRemote();
      if (options.operator) {
        process.stdout.write(`${serviceToken}\n`);
        return;
      }
      if (merchantId === undefined) throw new Error("Name the merchant, for instance: npx lastunit token acme");
      await ledger.createMerchant(merchantId);
      process.stdout.write(`${await ledger.createToken(merchantId, options.label)}\n`);
    });
  token
    .command("list")
    .description("a merchant's tokens, by what they are for; the tokens themselves are not kept")
    .argument("<merchant>")
    .option("--json", "print it as JSON")
    .action(async (merchantId: string, options: { json?: true }) => {
      const tokens = await openRemote().ledger.tokens(merchantId);
      process.stdout.write(options.json ? `${JSON.stringify({ tokens })}\n` : tokenTable(tokens));
    });
  token
    .command("revoke")
    .description("end a token for good, and the sessions begun with it")
    .argument("<merchant>")
    .argument("<token-id>", "as lastunit token list shows it")
    .action(async (merchantId: string, tokenId: string) => {
      const { token_id, label } = await openRemote().ledger.revokeToken(merchantId, tokenId);
      process.stdout.write(`Revoked ${token_id} (${label}). It works for 20 seconds more at most.\n`);
    });
}

function tokenTable(tokens: readonly TokenEntry[]): string {
  const table = new Table({ head: ["token id", "label", "made", "revoked"], style: { head: [], border: [] } });
  for (const one of tokens) table.push([one.token_id, one.label, one.created_at, one.revoked_at ?? ""]);
  return `${table.toString()}\n`;
}
