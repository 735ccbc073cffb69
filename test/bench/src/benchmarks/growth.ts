import pg from "pg";
import type { Benchmark, Ground } from "../bench.ts";
import { startLedgerContender, type LedgerContender } from "../ledger.ts";
import type { Ratio, Report, Row } from "../report.ts";
import { reserveChecks, reserveMedians, runReserve, type ReserveMedians, type ReserveRun } from "../reserve.ts";
import { growLog, RECEIVED_EACH } from "../seed.ts";

export const growth: Benchmark = {
  name: "growth",
  summary: "Reservations as the log and the catalog grow; one ledger process that began when they were empty.",
  usual: { rounds: 5, clients: [64], events: [10_000, 1_000_000] },
  quick: { rounds: 1, clients: [16], events: [1_000, 5_000] },
  run,
};

const FEW_SKUS = 1_000;
/** Reservations of a round: each of another SKU of those the log was grown by, or of all these in turn where they are fewer. */
const REQUESTS = 5_000;

interface Stage {
  readonly events: number;
  readonly skus: number;
}

async function run({ postgres, generator, size, progress }: Ground): Promise<Report> {
  const ledger = await startLedgerContender(postgres);
  const clients = size.clients[0] ?? 64;
  const requests = size.isQuick ? 200 : REQUESTS;
  const most = Math.max(...size.events);
  const stages: Stage[] = [
    ...size.events.map((events) => ({ events, skus: FEW_SKUS })),
    { events: 2 * most, skus: most },
  ];
  const runs: ReserveRun[] = [];
  const rows: Row[] = [];
  const flat: ReserveMedians[] = [];
  try {
    progress("warming up, on an empty log");
    const warmUp = Array.from({ length: FEW_SKUS }, (_, index) => `WARM-${index}`);
    await ledger.stock(warmUp, 1_000);
    const units = 1_000 * FEW_SKUS;
    await runReserve(generator, ledger, { run: "warm", skus: warmUp, units, clients, requests: 4 * requests });
    for (const [index, { events, skus }] of stages.entries()) {
      progress(`growing to ${events} events and ${skus} SKUs`);
      const made = await growLog(ledger.databaseUrl, {
        name: `G${index}`,
        events: Math.max(skus, events - (await sizesOf(ledger)).events),
        skus,
      });
      progress("measuring");
      const stageRuns: ReserveRun[] = [];
      for (let round = 0; round <= size.rounds; round += 1) {
        const first = (round * requests) % made.length;
        const skus = made.slice(first, first + requests);
        const load = { run: `${index}-${round}`, skus, units: RECEIVED_EACH * skus.length, clients, requests };
        const measured = await runReserve(generator, ledger, load);
        if (round > 0) stageRuns.push(measured);
      }
      runs.push(...stageRuns);
      const [medians] = reserveMedians(stageRuns);
      if (!medians) continue;
      flat.push(medians);
      rows.push({
        ...rowOf(await sizesOf(ledger), skus),
        "reserved/s": medians.acceptedPerSecond,
        "p50 ms": medians.p50Ms,
        "p99 ms": medians.p99Ms,
      });
    }
    progress("auditing");
    const { mismatches } = await ledger.audit();
    return {
      rows,
      ratios: ratios(flat),
      checks: [...reserveChecks(runs), { name: "the ledger's audit finds nothing", ok: mismatches.length === 0 }],
    };
  } finally {
    await ledger.stop();
  }
}

/** What the database holds and how large it is. */
async function sizesOf({ databaseUrl }: LedgerContender) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const found = await client.query<{ events: number; eventBytes: number; databaseBytes: number }>(
      `select position::float8 as events, pg_total_relation_size('event')::float8 as "eventBytes",
        pg_database_size(current_database())::float8 as "databaseBytes" from log_head`,
    );
    const [row] = found.rows;
    if (!row) throw new Error("the ledger's database is not migrated");
    return row;
  } finally {
    await client.end();
  }
}

function rowOf(sizes: Awaited<ReturnType<typeof sizesOf>>, skus: number): Row {
  return {
    events: sizes.events,
    SKUs: skus,
    "log bytes/event": sizes.eventBytes / sizes.events,
    "database bytes/event": sizes.databaseBytes / sizes.events,
  };
}

function ratios(stages: readonly ReserveMedians[]): Ratio[] {
  const [first, ...later] = stages;
  if (!first) return [];
  return later.flatMap((stage, index) => [
    {
      name: `reserved/s at stage ${index + 2} over stage 1`,
      value: stage.acceptedPerSecond / first.acceptedPerSecond,
      goal: { atLeast: 0.8 },
    },
    { name: `p99 ms at stage ${index + 2} over stage 1`, value: stage.p99Ms / first.p99Ms, goal: { atMost: 2 } },
  ]);
}
