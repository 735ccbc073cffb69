import { startReadBaseline } from "../baselines/contenders.ts";
import type { Benchmark, Ground } from "../bench.ts";
import { followLive, readPages } from "../followers.ts";
import { startLedgerContender } from "../ledger.ts";
import { median, type Check, type Ratio, type Report, type Row } from "../report.ts";
import { reserveChecks, runReserve, type ReserveRun } from "../reserve.ts";
import { growLog, RECEIVED_EACH } from "../seed.ts";

export const follow: Benchmark = {
  name: "follow",
  summary: "Followers that catch up by pages and by a live stream, and how soon they hear of a commit.",
  usual: { rounds: 3, clients: [1, 16, 64], events: [100_000] },
  quick: { rounds: 1, clients: [4], events: [5_000] },
  run,
};

const SKUS = 1_000;
const FOLLOWERS = [1, 10];

async function run({ postgres, generator, size, progress }: Ground): Promise<Report> {
  const ledger = await startLedgerContender(postgres);
  const plain = await startReadBaseline(ledger.databaseUrl);
  const service = { url: ledger.url, headers: { authorization: `Bearer ${ledger.serviceToken}` } };
  const [events = 0] = size.events;
  const rows: Row[] = [];
  const ratios: Ratio[] = [];
  const checks: Check[] = [];
  const runs: ReserveRun[] = [];
  try {
    progress(`growing the log to ${events} events`);
    const skus = await growLog(ledger.databaseUrl, { name: "F", events, skus: SKUS });
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      "pages of 1,000": () => readPages(service, events),
      "live stream": () => followLive(service, 0, events),
      "plain-read, pages of 1,000": () => readPages(plain, events),
    };
    for (const followers of FOLLOWERS) {
      const rates: Record<string, number> = {};
      for (const [way, read] of Object.entries(ways)) {
        progress(`${followers} by ${way}`);
        const seconds: number[] = [];
        for (let round = 0; round < size.rounds; round += 1) {
          const start = performance.now();
          await Promise.all(Array.from({ length: followers }, () => read()));
          seconds.push((performance.now() - start) / 1_000);
        }
        const rate = (followers * events) / median(seconds);
        rates[way] = rate;
        rows.push({ what: `catch up: ${way}`, followers, "events/s, all followers": rate });
      }
      const ratio = (rates["pages of 1,000"] ?? 0) / (rates["plain-read, pages of 1,000"] ?? 1);
      ratios.push({ name: `events/s over plain-read, pages, ${followers} followers`, value: ratio });
    }
    let end = events;
    for (const clients of size.clients) {
      progress(`from commit to follower, ${clients} clients`);
      const requests = size.isQuick ? 200 : clients === 1 ? 2_000 : 10_000;
      const heard = followLive(service, end, requests);
      const load = { run: `follow-${clients}`, skus, units: RECEIVED_EACH * skus.length, clients, requests };
      const reserved = await runReserve(generator, ledger, load);
      runs.push(reserved);
      const { delaysMs } = await heard;
      end += requests;
      const [p50, p99] = [percentile(delaysMs, 0.5), percentile(delaysMs, 0.99)];
      rows.push({
        what: `decision → follower, ${clients} clients reserving`,
        followers: 1,
        "reserved/s": reserved.accepted / reserved.seconds,
        "p50 ms": p50,
        "p99 ms": p99,
      });
      ratios.push({ name: `decision → follower p99 ms, ${clients} clients`, value: p99, goal: { atMost: 20 } });
      checks.push({
        name: `every reservation was granted and heard of, ${clients} clients`,
        ok: reserved.accepted === requests,
      });
    }
    const { mismatches } = await ledger.audit();
    checks.push(...reserveChecks(runs), { name: "the ledger's audit finds nothing", ok: mismatches.length === 0 });
    return { rows, ratios, checks };
  } finally {
    await plain.stop();
    await ledger.stop();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
