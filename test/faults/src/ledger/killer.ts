import { until, type TestPostgres } from "@lastunit/test-support";
import fc from "fast-check";
import { ask } from "./ask.ts";
import type { Return } from "./checks.ts";
import { sides, type LedgerPair, type Side } from "./ledger-pair.ts";
import { endless } from "./endless.ts";

/** Who may be killed. */
export type Victim = "first ledger" | "second ledger" | "PostgreSQL";

export const everyone: readonly Victim[] = ["first ledger", "second ledger", "PostgreSQL"];

/**
 * Kills one of the victims, if there are any, every one to three seconds until it is over. PostgreSQL is started again after up to a second,
 * and never is anything done to the ledgers for that; a killed ledger is started again at once.
 *
 * @returns how long each ledger took to be ready again after PostgreSQL was.
 */
export async function killAround(night: {
  readonly pair: LedgerPair;
  readonly postgres: TestPostgres;
  readonly seed: number;
  readonly victims: readonly Victim[];
  readonly isOver: () => boolean;
}): Promise<Return[]> {
  const { pair, postgres, isOver } = night;
  const returns: Promise<Return[]>[] = [];
  const plan = fc.record({
    victim: fc.nat().map((n) => night.victims[n % night.victims.length]),
    afterMs: fc.integer({ min: 1_000, max: 3_000 }),
    awayMs: fc.integer({ min: 0, max: 1_000 }),
  });
  const kills = endless(plan, night.seed);
  while (!isOver()) {
    const { victim, afterMs, awayMs } = kills.next().value;
    await passes(afterMs, isOver);
    if (victim === "PostgreSQL") {
      await postgres.kill();
      await passes(awayMs);
      await postgres.restart();
      returns.push(...sides.filter((side) => pair.isRunning(side)).map((side) => measureReturn(pair, side)));
    } else if (victim !== undefined) {
      const side: Side = victim === "first ledger" ? 0 : 1;
      if (pair.isRunning(side)) await pair.kill(side);
    }
  }
  return (await Promise.all(returns)).flat();
}

async function passes(ms: number, isOver?: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  await until("the time has passed", () => performance.now() >= end || isOver?.(), { timeoutMs: ms + 10_000 });
}

/** Nothing when the ledger is killed meanwhile. */
async function measureReturn(pair: LedgerPair, side: Side): Promise<Return[]> {
  const pid = pair.pid(side);
  const start = performance.now();
  const isGone = () => !pair.isRunning(side) || pair.pid(side) !== pid;
  await until(
    `ledger ${side + 1} is ready again`,
    async () => {
      const request = { method: "GET", path: "/health/ready" } as const;
      const answer = await ask(pair.urls[side], "", request, { timeoutMs: 1_000 });
      return answer?.status === 200 || isGone();
    },
    { timeoutMs: 60_000 },
  );
  return isGone() ? [] : [{ what: `ledger ${side + 1} after PostgreSQL`, ms: performance.now() - start }];
}
