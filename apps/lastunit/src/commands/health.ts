import { createLogger, readEnvironment } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { isBeating, type BeatingPart } from "@lastunit/store";
import { Argument, type Command } from "commander";
import { reaching } from "../start/failure.ts";

export function healthCommand(program: Command): void {
  program
    .command("health")
    .description("whether the hub or worker of this machine works, by its heartbeat; exit code 1 when not")
    .addArgument(new Argument("<part>", "what to ask about").choices(["hub", "worker"]))
    .action(async (part: BeatingPart) => {
      const { STORE_DATABASE_URL: connectionString } = readEnvironment(process.env, "hub");
      if (connectionString === undefined) throw new Error("the environment was not checked");
      const log = createLogger({ name: "lastunit-health", level: "silent" });
      const store = createPool({ connectionString, name: "lastunit-health", max: 1, log });
      try {
        const isHealthy = await reaching("STORE_DATABASE_URL", () => isBeating(store, part));
        process.stdout.write(
          isHealthy ? `The ${part} works.\n` : `The ${part} has not been heard of for 15 seconds.\n`,
        );
        if (!isHealthy) process.exitCode = 1;
      } finally {
        await store.end();
      }
    });
}
