import { fileURLToPath } from "node:url";
import { createLogger } from "@lastunit/config";
import { createPool, migrate } from "@lastunit/config/postgres";
import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { receive } from "../../test/told.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { createLogHeadSignal } from "../log-head.ts";
import { recordEvents } from "./work.ts";

const log = createLogger({ name: "test", level: "silent" });
let postgres: TestPostgres;
let pool: pg.Pool;
let commit: GroupCommit;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const connectionString = await postgres.createDatabase();
  const directory = fileURLToPath(new URL("../../migrations", import.meta.url));
  await migrate({ connectionString, directory, log });
  pool = createPool({ connectionString, name: "test", log });
  commit = createGroupCommit({ connectionString, log, head: createLogHeadSignal() });
});

afterAll(async () => {
  await commit.close();
  await pool.end();
  await postgres.stop();
});

async function scans(index: string): Promise<number> {
  const found = await pool.query<{ scans: number }>(
    "select idx_scan as scans from pg_stat_user_indexes where indexrelname = $1",
    [index],
  );
  return found.rows[0]?.scans ?? -1;
}

describe("the writer's plans", () => {
  it("look event ids up in their own index, although they were made while the log was empty", async () => {
    // Once, an id was looked for among all the merchant's events, and a batch took seconds.
    for (let batch = 0; batch < 20; batch += 1) {
      await commit.submit(recordEvents(Array.from({ length: 50 }, () => receive(1))));
    }
    // It counts once a second at most, and only at the end of a statement.
    await until("the server has counted them", async () => {
      await commit.submit(recordEvents([receive(1)]));
      return (await scans("event_once")) >= 1_000;
    });

    expect(await scans("event_by_balance")).toBe(0);
  });
});
