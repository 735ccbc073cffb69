import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Benchmark, Ground } from "../bench.ts";
import { startLedgerContender } from "../ledger.ts";
import type { Check, Report, Row } from "../report.ts";
import { growLog } from "../seed.ts";

export const replay: Benchmark = {
  name: "replay",
  summary: "npx lastunit replay --apply: damaged balances rebuilt from the log, beside the running ledger.",
  usual: { rounds: 1, clients: [], events: [100_000, 1_000_000] },
  quick: { rounds: 1, clients: [], events: [5_000] },
  run,
};

const SKUS = 1_000;
const MAIN = path.join(import.meta.dirname, "../../../../apps/lastunit/src/main.ts");

async function run({ postgres, size, progress }: Ground): Promise<Report> {
  const rows: Row[] = [];
  const checks: Check[] = [];
  const ledger = await startLedgerContender(postgres);
  let grown = 0;
  try {
    for (const events of size.events) {
      progress(`growing the log to ${events} events`);
      await growLog(ledger.databaseUrl, { name: `R${events}`, events: events - grown, skus: SKUS });
      grown = events;
      const damaged = await damageBalances(ledger.databaseUrl);
      progress("replaying");
      const replayed = await runReplay(ledger.databaseUrl);
      rows.push({
        events,
        "wrong balances": damaged,
        "replay s": replayed.seconds,
        "events/s": events / replayed.seconds,
        "peak MiB": replayed.peakMiB ?? "not known here",
      });
      const { mismatches } = await ledger.audit();
      checks.push(
        {
          name: `the replay of ${events} events says what it corrected`,
          ok: replayed.said.includes(`${damaged} balances`),
        },
        { name: "the ledger's audit finds nothing afterwards", ok: mismatches.length === 0 },
      );
    }
    return { rows, ratios: [], checks };
  } finally {
    await ledger.stop();
  }
}

/** Makes every tenth balance wrong, as a mistaken UPDATE would. */
async function damageBalances(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const damaged = await client.query("update balance set on_hand = on_hand + 7 where position % 10 = 0");
    return damaged.rowCount ?? 0;
  } finally {
    await client.end();
  }
}

/** As an operator would, start-up of the command included. */
async function runReplay(databaseUrl: string) {
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, "replay", "--apply"], {
    env: { PATH: process.env["PATH"], LEDGER_DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  const told = Promise.all([text(child.stdout), text(child.stderr)]);
  let peakMiB: number | undefined;
  while (child.exitCode === null && child.signalCode === null) {
    peakMiB = peakMemoryMiB(child.pid) ?? peakMiB;
    await Promise.race([ended, delay(20)]);
  }
  const seconds = (performance.now() - start) / 1_000;
  const [said, complaints] = await told;
  if (child.exitCode !== 0) throw new Error(`the replay failed:\n${complaints}`);
  return { seconds, said, peakMiB };
}

/** The most memory a process has ever used; Linux alone tells. */
function peakMemoryMiB(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined;
  }
}
