import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createLogger } from "@lastunit/config";
import { ensureDatabase, startEmbeddedPostgres } from "@lastunit/config/postgres";
import { endsWithUs } from "./guard.ts";
import { freePort } from "./ports.ts";

/** A PostgreSQL server of a test's own, durable settings and all, in a temporary folder. It ends with the test's process. */
export interface TestPostgres {
  /** The postmaster's process id, for tests that kill it. */
  readonly pid: number;
  readonly port: number;
  /** Makes a fresh, empty database and returns its connection string. */
  createDatabase(): Promise<string>;
  /** Ends all of its processes at once, whatever they are in the middle of, as a power cut would. */
  kill(): Promise<void>;
  /** Starts the server again on the same data and port after it was killed. */
  restart(): Promise<void>;
  /** Another server, on a copy of this one's data that is taken while this one is stopped. */
  copy(): Promise<TestPostgres>;
  /** The connection string of a database that was made here, or where this one was copied from. */
  connectionString(database: string): string;
  stop(): Promise<void>;
}

/** Starts one; about two seconds. */
export function startTestPostgres(): Promise<TestPostgres> {
  return startIn(makeFolder());
}

function makeFolder(): string {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-postgres-"));
  // mkdtemp makes the folder 0700; PostgreSQL runs as another user when the tests run as root.
  fs.chmodSync(dataDir, 0o755);
  return dataDir;
}

async function startIn(dataDir: string): Promise<TestPostgres> {
  const ended = endsWithUs({ processFile: path.join(dataDir, "postgres/postmaster.pid"), folder: dataDir });
  const log = createLogger({ name: "test-postgres", level: "silent" });
  // Of those that no connection takes while the server is down: it is started again on it.
  const port = await freePort();
  let server = await startEmbeddedPostgres({ dataDir, port, log });
  let databases = 0;

  async function restart(): Promise<void> {
    // It is gone; this has it forgotten.
    await server.stop();
    server = await startEmbeddedPostgres({ dataDir, port, log });
  }

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
      for (const pid of [server.pid, ...childrenOf(server.pid)]) killIfThere(pid);
    },
    restart,
    async copy() {
      const copied = makeFolder();
      await server.stop();
      // The owners too: run as root, PostgreSQL is another user.
      execFileSync("cp", ["-a", `${dataDir}/.`, copied]);
      await restart();
      return await startIn(copied);
    },
    connectionString: (database) => server.connectionString(database),
    async stop() {
      await server.stop();
      fs.rmSync(dataDir, { recursive: true, force: true });
      ended();
    },
  };
}

/** Its children go on for a moment when only the postmaster is killed, and may still commit. */
function childrenOf(pid: number): number[] {
  if (process.platform === "linux") {
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return [...children.matchAll(/\d+/g)].map(Number);
  }
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const processes = all
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
