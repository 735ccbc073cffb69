import { text } from "node:stream/consumers";
import { startTestPostgres } from "@lastunit/test-support";
import { Command, InvalidArgumentError } from "commander";
import type { Benchmark, Size } from "./bench.ts";
import { audit } from "./benchmarks/audit.ts";
import { follow } from "./benchmarks/follow.ts";
import { growth } from "./benchmarks/growth.ts";
import { hotSku } from "./benchmarks/hot-sku.ts";
import { ingest } from "./benchmarks/ingest.ts";
import { replay } from "./benchmarks/replay.ts";
import { wide } from "./benchmarks/wide.ts";
import { latency } from "./sync/latency.ts";
import { push } from "./sync/push.ts";
import { webhooks } from "./sync/webhooks.ts";
import { startGenerator } from "./load/generator.ts";
import { machineFacts } from "./machine.ts";
import { plotHotSku } from "./plot.ts";
import { reportTables } from "./report.ts";
import { writeWalAhead } from "./wal-ahead.ts";

const benchmarks = [hotSku, wide, ingest, follow, audit, replay, growth, latency, push, webhooks];

interface Options extends Partial<Omit<Size, "isQuick">> {
  readonly json?: true;
  readonly quick?: true;
}

const program = new Command("bench").description(
  "How fast the ledger is, each time against a baseline in the same run.",
);
for (const benchmark of benchmarks) {
  program
    .command(benchmark.name)
    .description(benchmark.summary)
    .option("--json", "print one JSON line")
    .option("--quick", "small sizes: shows that the benchmark works, its numbers mean nothing")
    .option("--rounds <n>", "how often everything is measured", wholeNumber)
    .option("--clients <list>", "clients at once, such as 1,64", wholeNumbers)
    .option("--events <list>", "events in the log, such as 1e4,1e6", wholeNumbers)
    .action((options: Options) => runBenchmark(benchmark, options));
}
program
  .command("plot")
  .description("Reads the JSON line of hot-sku and writes throughput and p99 against clients as SVG.")
  .action(async () => {
    process.stdout.write(`${plotHotSku(await text(process.stdin))}\n`);
  });
// Without a name it is a question, not a mistake.
if (process.argv.length === 2) program.outputHelp();
else await program.parseAsync();

async function runBenchmark(benchmark: Benchmark, { json, quick, ...told }: Options): Promise<void> {
  const started = performance.now();
  const size = { ...(quick ? benchmark.quick : benchmark.usual), ...told, isQuick: quick ?? false };
  const postgres = await startTestPostgres();
  const generator = startGenerator();
  try {
    const databaseUrl = await postgres.createDatabase();
    const machine = await machineFacts(databaseUrl);
    if (!size.isQuick) await writeWalAhead(databaseUrl);
    const progress = (words: string) => void process.stderr.write(`${benchmark.name}: ${words}\n`);
    const report = await benchmark.run({ postgres, generator, size, progress });
    const ok = report.checks.every((check) => check.ok);
    const seconds = Math.round((performance.now() - started) / 1_000);
    if (json) {
      process.stdout.write(`${JSON.stringify({ benchmark: benchmark.name, ok, seconds, machine, size, ...report })}\n`);
    } else {
      const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
      process.stdout.write(`${facts.join(" · ")}\n${reportTables(report)}`);
    }
    if (!ok) process.exitCode = 1;
  } finally {
    await generator.stop();
    await postgres.stop();
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number above 0.");
  return value;
}

function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber);
}
