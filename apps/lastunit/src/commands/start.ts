import { roles, type Role } from "@lastunit/config";
import { Argument, type Command } from "commander";
import { untilAskedToStop } from "../start/shutdown.ts";
import type { Running } from "../start/start.ts";

export function startCommand(program: Command): void {
  program
    .command("start")
    .description("run Lastunit: everything in one process, or one part as its own")
    .addArgument(new Argument("[part]", "what to run").choices(roles).default("all"))
    .action(async (role: Role) => {
      const stopping = new AbortController();
      const asked = untilAskedToStop().then(() => {
        process.stdout.write("Stopping…\n");
        return stopping.abort();
      });
      // Loaded when asked for: the whole product would make every other command slow to start.
      const { start } = await import("../start/start.ts");
      const running = await start(role);
      if (!stopping.signal.aborted) process.stdout.write(greeting(role, running));
      await asked;
      await running.stop();
    });
}

function greeting(role: Role, { urls, setting }: Running): string {
  const lines = [`Lastunit ${role === "all" ? "" : `${role} `}is running.`];
  if (urls.ledger !== undefined) lines.push(`  ledger   ${urls.ledger}/docs`);
  if (urls.gateway !== undefined) {
    lines.push(`  console  ${urls.gateway}/`, `  queues   ${urls.gateway}/ops/queues`);
  }
  if (role === "all") {
    lines.push(
      `  log in with a token: npx lastunit token <merchant>, or the operator's: npx lastunit token --operator`,
    );
    lines.push(`  data folder ${setting.environment.DATA_DIR}; Ctrl-C stops everything`);
  }
  return `${lines.join("\n")}\n`;
}
