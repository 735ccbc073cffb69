import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { violations, type Night } from "./checks.ts";
import { everyone } from "./killer.ts";
import { spendNight } from "./night.ts";
import { faultSeconds, seed } from "./seed.ts";

const SECONDS = faultSeconds(15);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describe("a night in which two ledgers and PostgreSQL are killed every one to three seconds", () => {
  it(
    "keeps every promise to clients who time out and repeat, and to followers who look on, and the service comes back by itself",
    { timeout: (SECONDS + 60) * 1_000 },
    async () => {
      const night = await spendNight({ postgres, seed, seconds: SECONDS, victims: everyone });
      process.stdout.write(`${summary(night)}\n`);
      expect(violations(night)).toEqual({});
    },
  );
});

/** For whoever runs it for long. */
function summary({ told, log, returns }: Night): string {
  const tries = told.flatMap((one) => one.tries);
  const unknown = tries.filter((answer) => answer === undefined).length;
  const away = tries.filter((answer) => answer?.status === 503).length;
  const slowest = Math.round(Math.max(0, ...returns.map(({ ms }) => ms)));
  return [
    `${told.length} requests in ${tries.length} tries (${unknown} without an answer, ${away} answered 503)`,
    `${log.length} events`,
    `ready again ${returns.length} times, at most ${slowest} ms after PostgreSQL was back`,
  ].join("; ");
}
