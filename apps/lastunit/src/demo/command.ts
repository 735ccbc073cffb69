import { InvalidArgumentError, Option, type Command } from "commander";

/** What the demo was asked for. */
export interface DemoOptions {
  readonly exit?: true;
  readonly json?: true;
  readonly seed: number;
}

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description("a flash sale over four simulated channels, on this machine, with nothing else installed")
    .option("--exit", "end when the sale is over instead of leaving the console up")
    .option("--json", "end with one JSON line on standard output")
    .addOption(
      new Option("--seed <number>", "repeat a sale")
        .argParser(seedOf)
        .default(Date.now() % 1_000_000, "a new one each time"),
    )
    .action(async (options: DemoOptions) => {
      // Loaded when asked for: the whole product would make every other command slow to start.
      const { demo } = await import("./run.ts");
      await demo(options);
    });
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError("It must be a whole number, such as 7.");
}
