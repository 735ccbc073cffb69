import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createLogger } from "../logger.ts";
import { startEmbeddedPostgres } from "./embedded.ts";
import { migrate } from "./migrate.ts";

const log = createLogger({ name: "test", level: "silent" });

/** A folder that the user `postgres` can reach when we are root. */
function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-migrate-"));
  fs.chmodSync(folder, 0o755);
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("migrating", () => {
  it("fails when PostgreSQL dies meanwhile, and the process lives on (it ended with a stack trace)", async () => {
    const server = await startEmbeddedPostgres({ dataDir: temporaryFolder(), log });
    onTestFinished(() => server.stop());
    const connectionString = server.connectionString("postgres");
    const directory = temporaryFolder();
    fs.writeFileSync(path.join(directory, "0001_long.sql"), "select pg_sleep(60);");
    const watcher = new pg.Client({ connectionString });
    watcher.on("error", () => undefined);
    await watcher.connect();

    const migrating = migrate({ connectionString, directory, log }).then(
      () => "migrated",
      (error: unknown) => error,
    );
    await vi.waitFor(
      async () => {
        const { rowCount } = await watcher.query("select from pg_stat_activity where wait_event = 'PgSleep'");
        expect(rowCount).toBe(1);
      },
      { timeout: 60_000 },
    );
    process.kill(server.pid, "SIGKILL");
    expect(await migrating).toBeInstanceOf(Error);
  });
});
