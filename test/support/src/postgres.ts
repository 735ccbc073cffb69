import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createLogger } from "@lastunit/config";
import { ensureDatabase, startEmbeddedPostgres } from "@lastunit/config/postgres";

/** A PostgreSQL server of a test's own, durable settings and all, in a temporary folder. */
export interface TestPostgres {
  /** The postmaster's process id, for tests that kill it. */
  readonly pid: number;
  readonly port: number;
  /** Makes a fresh, empty database and returns its connection string. */
  createDatabase(): Promise<string>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts the server again on the same data and port after it was killed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one; about two seconds. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-postgres-"));
  // mkdtemp makes the folder 0700; PostgreSQL runs as another user when the tests run as root.
  fs.chmodSync(dataDir, 0o755);
  const log = createLogger({ name: "test-postgres", level: "silent" });
  let server = await startEmbeddedPostgres({ dataDir, log });
  const port = server.port;
  let databases = 0;

  return {
    get pid() {
      return server.pid;
    },
    port,
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      await ensureDatabase(server.connectionString("postgres"), name);
      return server.connectionString(name);
    },
    async kill() {
      process.kill(server.pid, "SIGKILL");
    },
    async restart() {
      server = await startEmbeddedPostgres({ dataDir, port, log });
    },
    async stop() {
      await server.stop();
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
