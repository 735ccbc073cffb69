import { startPostgresBaseline } from "../baselines/contenders.ts";
import type { Benchmark, Ground } from "../bench.ts";
import { startLedgerContender } from "../ledger.ts";
import type { Report } from "../report.ts";
import { ratioOf, reserveChecks, reserveMedians, reserveRow, runReserve, type ReserveRun } from "../reserve.ts";

export const wide: Benchmark = {
  name: "wide",
  summary: "Everybody wants something else: 10,000 SKUs, and enough of each.",
  usual: { rounds: 5, clients: [64], events: [] },
  quick: { rounds: 1, clients: [16], events: [] },
  run,
};

const REQUESTS = 10_000;
const UNITS = 100;

async function run({ postgres, generator, size, progress }: Ground): Promise<Report> {
  const ledger = await startLedgerContender(postgres);
  const contenders = [
    ledger,
    await startPostgresBaseline("for-update", postgres),
    await startPostgresBaseline("conditional-update", postgres),
    await startPostgresBaseline("group-commit", postgres),
  ];
  const requests = size.isQuick ? 200 : REQUESTS;
  const runs: ReserveRun[] = [];
  try {
    for (let round = 0; round <= size.rounds; round += 1) {
      for (const clients of size.clients) {
        progress(round === 0 ? "warming up" : `round ${round} of ${size.rounds}, ${clients} clients`);
        const skus = Array.from({ length: requests }, (_, index) => `WIDE-${clients}-${round}-${index}`);
        for (const contender of contenders) {
          await contender.stock(skus, UNITS);
          const load = { run: `${clients}-${round}`, skus, units: UNITS * skus.length, clients, requests };
          const run = await runReserve(generator, contender, load);
          if (round > 0) runs.push(run);
        }
      }
    }
    const { mismatches } = await ledger.audit();
    const medians = reserveMedians(runs);
    return {
      rows: medians.map(reserveRow),
      ratios: [
        ...ratioOf(medians, { clients: 64, over: "for-update", atLeast: 3.5 }),
        ...ratioOf(medians, { clients: 64, over: "conditional-update", atLeast: 1 }),
        ...ratioOf(medians, { clients: 64, over: "group-commit" }),
      ],
      checks: [...reserveChecks(runs), { name: "the ledger's audit finds nothing", ok: mismatches.length === 0 }],
    };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}
