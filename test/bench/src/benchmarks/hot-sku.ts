import { startTestRedis } from "@lastunit/test-support";
import { startEmptyBaseline, startPostgresBaseline, startRedisBaseline } from "../baselines/contenders.ts";
import type { Benchmark, Ground } from "../bench.ts";
import type { Contender } from "../contender.ts";
import { startLedgerContender } from "../ledger.ts";
import type { Generator } from "../load/generator.ts";
import type { Ratio, Report } from "../report.ts";
import {
  ratioOf,
  reserveChecks,
  reserveMedians,
  reserveRow,
  runReserve,
  type ReserveMedians,
  type ReserveRun,
} from "../reserve.ts";

/** The goals are stated for so many clients. */
const GOAL_CLIENTS = 64;
const OTHER_SKUS = 1_000;

export const hotSku: Benchmark = {
  name: "hot-sku",
  summary: "Everybody wants one SKU: four requests for each unit there is.",
  usual: { rounds: 3, clients: [1, 16, 64, 256], events: [] },
  quick: { rounds: 1, clients: [16], events: [] },
  run,
};

async function run({ postgres, generator, size, progress }: Ground): Promise<Report> {
  const redis = await startTestRedis();
  const ledger = await startLedgerContender(postgres);
  const contenders: Contender[] = [
    ledger,
    await startPostgresBaseline("for-update", postgres),
    await startPostgresBaseline("conditional-update", postgres),
    await startPostgresBaseline("group-commit", postgres),
    await startEmptyBaseline(),
    await startRedisBaseline(redis.url),
  ];
  const runs: ReserveRun[] = [];
  try {
    const others = Array.from({ length: OTHER_SKUS }, (_, index) => `OTHER-${index}`);
    for (const contender of contenders) {
      await contender.stock(others, 5_000);
      // So that nobody is measured while its code is still being compiled.
      await runHot(generator, contender, hotLoad("warm", GOAL_CLIENTS, size.isQuick));
    }
    for (let round = 1; round <= size.rounds; round += 1) {
      for (const clients of size.clients) {
        progress(`round ${round} of ${size.rounds}, ${clients} clients`);
        for (const contender of contenders) {
          runs.push(await runHot(generator, contender, hotLoad(`${clients}-${round}`, clients, size.isQuick)));
        }
      }
    }
    const { mismatches } = await ledger.audit();
    const medians = reserveMedians(runs);
    return {
      rows: medians.map(reserveRow),
      ratios: ratios(medians),
      checks: [...reserveChecks(runs), { name: "the ledger's audit finds nothing", ok: mismatches.length === 0 }],
    };
  } finally {
    for (const contender of contenders) await contender.stop();
    await redis.stop();
  }
}

type HotLoad = ReturnType<typeof hotLoad>;

/** 5,000 units and 20,000 attempts; a quarter of both for one client alone, who would keep everybody waiting. */
function hotLoad(run: string, clients: number, isQuick: boolean) {
  const units = isQuick ? 100 : clients === 1 ? 1_250 : 5_000;
  return { run, skus: [`HOT-${run}`], units, clients, requests: 4 * units };
}

async function runHot(generator: Generator, contender: Contender, load: HotLoad): Promise<ReserveRun> {
  await contender.stock(load.skus, load.units);
  return await runReserve(generator, contender, load);
}

function ratios(medians: readonly ReserveMedians[]): Ratio[] {
  const [clients, accepted] = [GOAL_CLIENTS, "acceptedPerSecond"] as const;
  const ours = medians.find((one) => one.contender === "lastunit" && one.clients === clients);
  return [
    ...ratioOf(medians, { clients, over: "for-update", of: accepted, atLeast: 10 }),
    ...ratioOf(medians, { clients, over: "for-update", atLeast: 5.5 }),
    ...ratioOf(medians, { clients, over: "group-commit", of: accepted }),
    ...ratioOf(medians, { clients, over: "group-commit", atLeast: 0.7 }),
    ...(ours ? [{ name: `p99 ms, ${clients} clients`, value: ours.p99Ms, goal: { atMost: 12 } }] : []),
    ...ratioOf(medians, { clients: 1, over: "for-update", of: accepted, atLeast: 1 }),
    ...ratioOf(medians, { clients: 1, over: "for-update", atLeast: 1 }),
  ];
}
