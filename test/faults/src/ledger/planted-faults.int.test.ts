import { createLedgerClient } from "@lastunit/ledger/client";
import { raceForLastUnit, startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checks, type Check } from "./checks.ts";
import type { Victim } from "./killer.ts";
import { startLedgerPair } from "./ledger-pair.ts";
import { spendNight } from "./night.ts";
import { planted, type FaultName } from "../planted/index.ts";
import { seed } from "./seed.ts";

/** A race may be won by chance, and a kill may fall between two batches: then there is another night. */
const NIGHTS = 12;

/** Each mistake, the checks that must notice it, and who has to be killed for that. */
const cases: readonly (readonly [FaultName, readonly Check[], readonly Victim[]])[] = [
  ["skips the lock", ["answers"], []],
  ["skips the lock, and nothing keeps positions apart", ["oversell", "log"], []],
  ["goes on from what it remembers, and nothing keeps positions apart", ["oversell", "log"], []],
  ["acknowledges before the commit", ["acknowledged"], ["PostgreSQL"]],
  ["forgets the merchant in the log", ["followers"], []],
  ["takes what it has written itself for the whole log", ["followers"], []],
  ["forgets the merchant in the stock", ["books"], []],
  ["applies a repeat again", ["answers"], []],
  ["applies a repeat again, and nothing keeps event ids apart", ["log"], []],
  ["reads followers' pages twice", ["followers"], []],
  ["holds the first line of a cart", ["reservations"], []],
  ["never gives back what expired", ["reservations"], []],
  ["ends with its connection", ["return"], ["PostgreSQL"]],
  ["rests after its database was away", ["return"], ["PostgreSQL"]],
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describe("the checks of a night notice a ledger that", () => {
  it.each(cases)("%s: by %j", { timeout: 600_000 }, async (fault, named, victims) => {
    const silent = new Set<Check>(named);
    for (let night = 0; night < NIGHTS && silent.size > 0; night += 1) {
      const seconds = victims.length === 0 ? 1 : 4;
      const spent = await spendNight({ postgres, seed: seed + night, seconds, victims, ...planted(fault) });
      for (const check of silent) if (checks[check](spent).length > 0) silent.delete(check);
    }
    expect([...silent]).toEqual([]);
  });
});

/** Both processes must decide at the same moment, which no single race is sure to bring about. */
const RACES = 100;

describe("the race for the last unit notices a ledger that", () => {
  it("skips the lock, and nothing keeps positions apart", { timeout: 600_000 }, async () => {
    const { environment, prepare } = planted("skips the lock, and nothing keeps positions apart");
    const databaseUrl = await postgres.createDatabase();
    const pair = await startLedgerPair(databaseUrl, environment);
    try {
      await prepare?.(pair, databaseUrl);
      const operator = createLedgerClient({ url: pair.urls[0], token: pair.serviceToken });
      await operator.createMerchant("acme");
      const token = await operator.createToken("acme", "race");
      let held = 1;
      for (let race = 0; race < RACES && held <= 1; race += 1) {
        held = (await raceForLastUnit(pair.urls, token, `last-${race}`))[201] ?? 0;
      }
      expect(held).toBeGreaterThan(1);
    } finally {
      await pair.stop();
    }
  });
});
