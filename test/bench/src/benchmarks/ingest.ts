import { startPostgresBaseline } from "../baselines/contenders.ts";
import type { Benchmark, Ground } from "../bench.ts";
import { startLedgerContender } from "../ledger.ts";
import { median, type Check, type Report } from "../report.ts";

export const ingest: Benchmark = {
  name: "ingest",
  summary: "Sales reported in batches of 1, 100 and 1,000 events.",
  usual: { rounds: 3, clients: [16], events: [10_000, 100_000, 100_000] },
  quick: { rounds: 1, clients: [4], events: [100, 1_000, 2_000] },
  run,
};

const BATCHES = [1, 100, 1_000];
const SKUS = 1_000;

interface IngestRun {
  readonly batch: number;
  readonly contender: string;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function run({ postgres, generator, size, progress }: Ground): Promise<Report> {
  const ledger = await startLedgerContender(postgres);
  const contenders = [ledger, await startPostgresBaseline("one-statement", postgres)];
  const clients = size.clients[0] ?? 16;
  const skus = Array.from({ length: SKUS }, (_, index) => `INGEST-${index}`);
  const runs: IngestRun[] = [];
  let [sent, refused] = [0, 0];
  try {
    for (let round = 0; round <= size.rounds; round += 1) {
      for (const [index, batch] of BATCHES.entries()) {
        progress(round === 0 ? "warming up" : `round ${round} of ${size.rounds}, batches of ${batch}`);
        const requests = Math.ceil((size.events[index] ?? 0) / batch);
        for (const contender of contenders) {
          const { url, headers } = contender;
          const body = { kind: "ingest", run: `${round}-${batch}`, skus, batch } as const;
          const result = await generator.run({ url, headers, clients, requests, body });
          refused += requests - (result.statuses[200] ?? 0);
          if (contender === ledger) sent += requests * batch;
          if (round === 0) continue;
          const eventsPerSecond = (requests * batch) / result.seconds;
          runs.push({ batch, contender: contender.name, eventsPerSecond, p50Ms: result.p50Ms, p99Ms: result.p99Ms });
        }
      }
    }
    const { events, mismatches } = await ledger.audit();
    return { ...summary(runs), checks: checks({ sent, refused, events, mismatches: mismatches.length }) };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

function checks(counted: { sent: number; refused: number; events: number; mismatches: number }): Check[] {
  return [
    { name: "every request was answered 200", ok: counted.refused === 0 },
    { name: "the log holds every event sent", ok: counted.events === counted.sent },
    { name: "the ledger's audit finds nothing", ok: counted.mismatches === 0 },
  ];
}

function summary(runs: readonly IngestRun[]): Pick<Report, "rows" | "ratios"> {
  const groups = Map.groupBy(runs, (run) => `${run.batch} ${run.contender}`);
  const of = (batch: number, contender: string, value: (run: IngestRun) => number) =>
    median((groups.get(`${batch} ${contender}`) ?? []).map(value));
  const contenders = ["lastunit", "one-statement"];
  return {
    rows: BATCHES.flatMap((batch) =>
      contenders.map((contender) => ({
        batch,
        server: contender,
        "events/s": of(batch, contender, (run) => run.eventsPerSecond),
        "p50 ms": of(batch, contender, (run) => run.p50Ms),
        "p99 ms": of(batch, contender, (run) => run.p99Ms),
      })),
    ),
    ratios: BATCHES.map((batch) => ({
      name: `events/s over one-statement, batches of ${batch}`,
      value:
        of(batch, "lastunit", (run) => run.eventsPerSecond) / of(batch, "one-statement", (run) => run.eventsPerSecond),
    })),
  };
}
