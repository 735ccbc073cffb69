import type { Command } from "commander";
import { openRemote } from "./remote.ts";

export function tokenCommand(program: Command): void {
  program
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
}
