#!/usr/bin/env node
import { Command } from "commander";
import { auditCommand } from "./commands/audit.ts";
import { connectCommand } from "./commands/connect.ts";
import { healthCommand } from "./commands/health.ts";
import { importCommand } from "./commands/import.ts";
import { keysCommand } from "./commands/keys.ts";
import { replayCommand } from "./commands/replay.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommand } from "./commands/token.ts";
import { demoCommand } from "./demo/command.ts";
import { describeFailure } from "./start/failure.ts";

const program = new Command("lastunit").description("Keeps stock true on every channel a merchant sells on.");
for (const addCommand of [
  startCommand,
  demoCommand,
  simulateCommand,
  tokenCommand,
  connectCommand,
  importCommand,
  statusCommand,
  auditCommand,
  replayCommand,
  keysCommand,
  healthCommand,
]) {
  addCommand(program);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
