import pg from "pg";
import type { Benchmark, Ground } from "../bench.ts";
import { startLedgerContender, type LedgerContender } from "../ledger.ts";
import { watchMetric } from "../metrics.ts";
import type { Check, Ratio, Report, Row } from "../report.ts";
import { growLog } from "../seed.ts";

export const audit: Benchmark = {
  name: "audit",
  summary: "POST /v1/audit: every hash and every balance, against PostgreSQL adding up the same log.",
  usual: { rounds: 1, clients: [], events: [100_000, 1_000_000] },
  quick: { rounds: 1, clients: [], events: [1_000, 5_000] },
  run,
};

const SKUS = 1_000;

async function run({ postgres, size, progress }: Ground): Promise<Report> {
  const rows: Row[] = [];
  const ratios: Ratio[] = [];
  const checks: Check[] = [];
  const peaks: Peak[] = [];
  const ledger = await startLedgerContender(postgres);
  let grown = 0;
  try {
    for (const events of size.events) {
      progress(`growing the log to ${events} events`);
      await growLog(ledger.databaseUrl, { name: `A${events}`, events: events - grown, skus: SKUS });
      grown = events;
      progress("auditing");
      const memory = watchMetric(ledger.url, "process_resident_memory_bytes");
      const audited = await timed(() => auditWhole(ledger));
      const peak = await memory.stop();
      peaks.push({ events, bytes: peak.most });
      const summed = await timed(() => sumInDatabase(ledger.databaseUrl));
      rows.push({
        events,
        "audit s": audited.seconds,
        "events/s": events / audited.seconds,
        "ledger's memory before MiB": peak.first / 2 ** 20,
        "at its peak MiB": peak.most / 2 ** 20,
        "sum in PostgreSQL s": summed.seconds,
      });
      ratios.push({
        name: `seconds over a sum in PostgreSQL, ${events} events`,
        value: audited.seconds / summed.seconds,
      });
      checks.push(
        { name: `${events} events were audited`, ok: audited.value.events === events },
        { name: "the audit finds nothing", ok: audited.value.mismatches.length === 0 },
      );
    }
    return { rows, ratios: [...ratios, ...ratioOfPeaks(peaks)], checks };
  } finally {
    await ledger.stop();
  }
}

/** The ledger's memory at its most, while it audited a log of so many events. */
interface Peak {
  readonly events: number;
  readonly bytes: number;
}

/** An audit streams: the longest log takes hardly more memory than the shortest. Nothing where only one was audited. */
function ratioOfPeaks(peaks: readonly Peak[]): Ratio[] {
  const [shortest, longest] = [peaks[0], peaks.at(-1)];
  if (!shortest || !longest || shortest === longest) return [];
  const name = `peak memory, ${longest.events} events over ${shortest.events}`;
  return [{ name, value: longest.bytes / shortest.bytes, goal: { atMost: 1.5 } }];
}

interface AuditReport {
  readonly events: number;
  readonly mismatches: readonly object[];
}

/** Not by the client of Lastunit's parts, which has a deadline. */
async function auditWhole({ url, serviceToken }: LedgerContender): Promise<AuditReport> {
  const response = await fetch(`${url}/v1/audit`, {
    method: "POST",
    headers: { authorization: `Bearer ${serviceToken}` },
  });
  if (!response.ok) throw new Error(`the audit was answered ${response.status}: ${await response.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's answer
  return (await response.json()) as AuditReport;
}

async function sumInDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `select merchant_id, sku, location_id, sum(on_hand_change), sum(reserved_change) from event group by 1, 2, 3`,
    );
  } finally {
    await client.end();
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - start) / 1_000 };
}
