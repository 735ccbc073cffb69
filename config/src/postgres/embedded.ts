import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../free-port.ts";
import type { Logger } from "../logger.ts";
import { findBinaries, type PostgresBinaries } from "./binaries.ts";
import { openCluster, requireComplete, type Cluster } from "./cluster.ts";
import { keepUp } from "./keep-up.ts";
import { disarmStaleLock, findPostmaster, isPostmaster, startPostmaster } from "./postmaster.ts";
import { postgresUser, requireReachable, type SystemUser } from "./system-user.ts";

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 8_000;

/** PostgreSQL docs, "Shutting Down the Server": SIGTERM waits until all have disconnected, SIGINT disconnects them. */
const SMART_SHUTDOWN = "SIGTERM";
const FAST_SHUTDOWN = "SIGINT";
/** A pool that has ended has only asked its connections to close. */
const CLOSING_MS = 500;

/** A PostgreSQL server of our own on loopback, its data under the data folder. */
export interface EmbeddedPostgres {
  readonly port: number;
  /** The postmaster's process id; for tests that kill it. Another one after it was started again. */
  readonly pid: number;
  connectionString(database: string): string;
  /** Stops the server unless it is already gone, for good. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on `<dataDir>/postgres`, or adopts the one a killed process of ours left running there.
 * UTF-8, scram with a random password kept 0600 beside the data. It ends with our process, unless that is killed.
 *
 * The caller sees to it that nobody else uses `dataDir`.
 *
 * @throws with a sentence for people: folder not reachable or half-written, no binaries for this platform.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** One that ends without our stopping it is started again, on the same port; the caller alone stops it. */
  readonly isKeptUp?: boolean;
  readonly log: Logger;
}): Promise<EmbeddedPostgres> {
  const home = path.resolve(options.dataDir);
  const binaries = findBinaries();
  const user = await postgresUser();
  fs.mkdirSync(home, { recursive: true });
  if (user) {
    requireReachable(home, user);
    requireReachable(path.dirname(binaries.postgres), user);
  }
  const cluster = await openCluster({ home, binaries, user });
  // However our process ends, also while starting, it leaves no server behind; only SIGKILL gives it no time.
  const endWithUs = () => sendSignal(findPostmaster(cluster.folder)?.pid, cluster.folder, FAST_SHUTDOWN);
  process.once("exit", endWithUs);
  try {
    const launching = { ...options, cluster, binaries, user };
    const first = await adoptOrLaunch(launching);
    const { port } = first;
    const start = (signal: AbortSignal) => adoptOrLaunch({ ...launching, port, signal });
    const kept = options.isKeptUp ? keepUp({ pid: first.pid, start, log: options.log }) : undefined;
    const pid = () => kept?.pid ?? first.pid;
    return {
      get pid() {
        return pid();
      },
      port,
      connectionString: (database) => `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${database}`,
      async stop() {
        await kept?.letBe();
        await stop(pid(), cluster.folder);
        process.off("exit", endWithUs);
      },
    };
  } catch (error) {
    process.off("exit", endWithUs);
    throw error;
  }
}

interface LaunchOptions {
  readonly cluster: Cluster;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
  readonly port?: number;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
}

/** One that is just starting or stopping is waited for. */
async function adoptOrLaunch(options: LaunchOptions): Promise<{ pid: number; port: number }> {
  const { signal } = options;
  const { folder, password } = options.cluster;
  const deadline = Date.now() + START_DEADLINE_MS;
  let lastWords: readonly string[] = [];
  while (Date.now() < deadline) {
    const left = findPostmaster(folder);
    if (!left) {
      const launched = await launch(options, deadline);
      if ("pid" in launched) return launched;
      ({ lastWords } = launched);
    } else if (await answers(left.port, password)) {
      options.log.info({ pid: left.pid, port: left.port }, "adopted the PostgreSQL an earlier process left running");
      return left;
    } else {
      lastWords = [`Process ${left.pid} runs on it already and takes no connections.`];
    }
    await delay(100, undefined, { signal });
  }
  throw new Error(`PostgreSQL did not start on ${folder}:\n${lastWords.join("\n")}`);
}

/** Children of a postmaster that was killed hold the folder for up to a second, and a free port may be taken by now. */
const MAY_PASS = /lock file|shared memory|could not bind|could not create any TCP\/IP sockets/;

/** @returns what it said when it ended for a reason that may pass. @throws when trying again would not help. */
async function launch(
  options: LaunchOptions,
  deadline: number,
): Promise<{ pid: number; port: number } | { lastWords: readonly string[] }> {
  const { signal } = options;
  const { folder, password } = options.cluster;
  const port = options.port || (await freePort());
  requireComplete(folder);
  disarmStaleLock(folder);
  const attempt = startPostmaster({ ...options, folder, port });
  let isUp = false;
  try {
    while (!isUp && attempt.isRunning() && Date.now() < deadline) {
      isUp = await answers(port, password);
      if (!isUp) await delay(25, undefined, { signal });
    }
  } finally {
    if (!isUp) await stop(attempt.pid, folder);
  }
  const { lastWords, pid } = attempt;
  if (isUp) {
    attempt.letGo();
    return { pid, port };
  }
  if (Date.now() >= deadline || lastWords.some((line) => MAY_PASS.test(line))) return { lastWords };
  throw new Error(`PostgreSQL can't start on ${folder}. It says:\n${lastWords.join("\n")}`);
}

/** Connections of ours that are just closing are let go; after that the others are cut, and nothing is lost. */
async function stop(pid: number, folder: string): Promise<void> {
  sendSignal(pid, folder, SMART_SHUTDOWN);
  if (await hasEnded(pid, folder, CLOSING_MS)) return;
  sendSignal(pid, folder, FAST_SHUTDOWN);
  await hasEnded(pid, folder, STOP_DEADLINE_MS);
}

function sendSignal(pid: number | undefined, folder: string, name: NodeJS.Signals): void {
  if (pid !== undefined && isPostmaster(pid, folder)) process.kill(pid, name);
}

async function hasEnded(pid: number, folder: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isPostmaster(pid, folder)) {
    if (Date.now() >= deadline) return false;
    await delay(25);
  }
  return true;
}

const INVALID_PASSWORD = "28P01";
/** One that hangs takes connections and says nothing. */
const ANSWER_DEADLINE_MS = 5_000;

/** Whether it takes connections. @throws when it does not know the password. */
async function answers(port: number, password: string): Promise<boolean> {
  if (!(port > 0)) return false;
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: "postgres",
    password,
    database: "postgres",
    connectionTimeoutMillis: ANSWER_DEADLINE_MS,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD) {
      throw new Error(
        "PostgreSQL does not accept the password in postgres.password in the data folder: restore that file from a backup.",
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
