import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checks, type Check } from "./checks.ts";
import type { Victim } from "./killer.ts";
import { spendNight } from "./night.ts";
import { planted, type FaultName } from "./planted/index.ts";
import { seed } from "./seed.ts";

/** A race may be won by chance, and a kill may fall between two batches: then there is another night. */
const NIGHTS = 12;

/** Each mistake, the checks that must notice it, and who has to be killed for that. */
const cases: readonly (readonly [FaultName, readonly Check[], readonly Victim[]])[] = [
  ["skips the lock", ["answers"], []],
  ["skips the lock, and nothing keeps positions apart", ["oversell", "log"], []],
  ["acknowledges before the commit", ["acknowledged"], ["PostgreSQL"]],
  ["forgets the merchant in the log", ["followers"], []],
  ["forgets the merchant in the stock", ["books"], []],
  ["applies a repeat again", ["answers"], []],
  ["applies a repeat again, and nothing keeps event ids apart", ["log"], []],
  ["reads followers' pages twice", ["followers"], []],
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describe("the checks of a night notice a ledger that", () => {
  it.each(cases)("%s: by %j", { timeout: 180_000 }, async (fault, named, victims) => {
    const silent = new Set<Check>(named);
    for (let night = 0; night < NIGHTS && silent.size > 0; night += 1) {
      const seconds = victims.length === 0 ? 1 : 4;
      const spent = await spendNight({ postgres, seed: seed + night, seconds, victims, ...planted(fault) });
      for (const check of silent) if (checks[check](spent).length > 0) silent.delete(check);
    }
    expect([...silent]).toEqual([]);
  });
});
