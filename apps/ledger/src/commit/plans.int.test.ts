import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useLedgerDatabase } from "../../test/fixtures.ts";
import { receive } from "../../test/told.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { createLogHeadSignal } from "../log-head.ts";
import { recordEvents } from "./work.ts";

const its = useLedgerDatabase();
let commit: GroupCommit;

beforeAll(() => {
  const { connectionString, log } = its;
  commit = createGroupCommit({ connectionString, log, head: createLogHeadSignal() });
});
afterAll(() => commit.close());

async function scans(index: string): Promise<number> {
  const found = await its.pool.query<{ scans: number }>(
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
