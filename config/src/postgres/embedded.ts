import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type { Logger } from "../logger.ts";
import { findBinaries, type PostgresBinaries } from "./binaries.ts";
import { postgresUser, requireReachable, type SystemUser } from "./system-user.ts";

const run = promisify(execFile);

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 8_000;

/** A PostgreSQL server of our own on loopback, its data under the data folder. */
export interface EmbeddedPostgres {
  readonly port: number;
  /** The postmaster's process id; for tests that kill it. */
  readonly pid: number;
  connectionString(database: string): string;
  /** Stops the server (fast shutdown) unless it is already gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on `<dataDir>/postgres`, or adopts the one a killed process of ours left running there.
 * Durable (`fsync` on), UTF-8, scram with a random password kept 0600 beside the data, loopback only.
 *
 * It runs in a process group of its own: Ctrl-C in a terminal must reach it after our connections closed, not before.
 *
 * @throws with a sentence for people: folder not reachable, half-written or in use, no binaries for this platform.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly log: Logger;
}): Promise<EmbeddedPostgres> {
  const home = path.resolve(options.dataDir);
  const cluster = path.join(home, "postgres");
  const binaries = findBinaries();
  const user = await postgresUser();
  fs.mkdirSync(home, { recursive: true });
  if (user) {
    requireReachable(home, user);
    requireReachable(path.dirname(binaries.postgres), user);
  }
  if (!fs.existsSync(cluster)) await createCluster({ home, cluster, binaries, user });
  if (!fs.existsSync(path.join(cluster, "PG_VERSION"))) {
    throw new Error(
      `${cluster} is not a complete PostgreSQL data folder (it has no PG_VERSION). Restore it from a backup, or move it away to start empty.`,
    );
  }
  const password = fs.readFileSync(path.join(home, "postgres.password"), "utf8").trim();

  const left = await findRunning(cluster);
  if (left) {
    options.log.warn({ pid: left.pid, port: left.port }, "adopting the PostgreSQL an earlier process left running");
    return server(left.pid, left.port, password, () => stopByPid(left.pid));
  }
  const port = options.port || (await freePort());
  return launch({ cluster, binaries, user, port, password, log: options.log });
}

/** initdb works in a folder beside the final one and is renamed when done: a half-written cluster never looks whole. */
async function createCluster(place: {
  home: string;
  cluster: string;
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
}): Promise<void> {
  const draft = path.join(place.home, `postgres.new-${process.pid}`);
  const passwordFile = path.join(place.home, "postgres.password");
  fs.rmSync(draft, { recursive: true, force: true });
  fs.mkdirSync(draft, { mode: 0o700 });
  fs.writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  if (place.user) {
    fs.chownSync(draft, place.user.uid, place.user.gid);
    fs.chownSync(passwordFile, place.user.uid, place.user.gid);
  }
  const flags = [
    `--pgdata=${draft}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-messages=C",
  ];
  try {
    await run(place.binaries.initdb, flags, { ...place.user, env: { ...process.env, LC_ALL: "C" } });
  } catch (cause) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw new Error(`PostgreSQL's data folder could not be made in ${place.home}: ${messageOf(cause)}`, { cause });
  }
  fs.renameSync(draft, place.cluster);
}

async function launch(options: {
  cluster: string;
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  port: number;
  password: string;
  log: Logger;
}): Promise<EmbeddedPostgres> {
  const recent: string[] = [];
  const deadline = Date.now() + START_DEADLINE_MS;
  // After a postmaster was killed its children hold the lock for up to a second: try again until the deadline.
  for (;;) {
    const attempt = spawnPostmaster(options, recent);
    while (attempt.isRunning() && Date.now() < deadline) {
      if (await answers(options.port, options.password)) {
        attempt.letGo();
        return server(attempt.pid, options.port, options.password, () => attempt.stop());
      }
      await delay(25);
    }
    if (Date.now() >= deadline) {
      await attempt.stop();
      throw new Error(`PostgreSQL did not start on port ${options.port}. Its last words:\n${recent.join("\n")}`);
    }
    await delay(250);
  }
}

interface Postmaster {
  readonly pid: number;
  isRunning(): boolean;
  /** Lets our process end although this one runs on. */
  letGo(): void;
  stop(): Promise<void>;
}

function spawnPostmaster(
  options: { cluster: string; binaries: PostgresBinaries; user: SystemUser | undefined; port: number; log: Logger },
  recent: string[],
): Postmaster {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
  const child = spawn(
    options.binaries.postgres,
    ["-D", options.cluster, "-p", String(options.port), ...settings.flatMap((setting) => ["-c", setting])],
    { ...options.user, detached: true, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } },
  );
  const exited = once(child, "exit");
  child.stderr.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString("utf8").trim().split("\n")) {
      options.log.debug({ postgres: line }, "postgres");
      recent.push(line);
      if (recent.length > 20) recent.shift();
    }
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isRunning,
    letGo() {
      child.unref();
      if (child.stderr instanceof net.Socket) child.stderr.unref();
    },
    async stop() {
      if (!isRunning()) return;
      child.kill("SIGINT");
      await Promise.race([exited, delay(STOP_DEADLINE_MS, undefined, { ref: false })]);
    },
  };
}

function server(pid: number, port: number, password: string, stop: () => Promise<void>): EmbeddedPostgres {
  return {
    pid,
    port,
    connectionString: (database) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    stop,
  };
}

/** Reads postmaster.pid: line 1 the pid, line 4 the port. A recycled pid is alive but does not listen. */
async function findRunning(cluster: string): Promise<{ pid: number; port: number } | undefined> {
  const file = path.join(cluster, "postmaster.pid");
  if (!fs.existsSync(file)) return undefined;
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return isAlive(pid) && (await isListening(port)) ? { pid, port } : undefined;
}

async function stopByPid(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + STOP_DEADLINE_MS;
  while (isAlive(pid) && Date.now() < deadline) await delay(25);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isListening(port: number): Promise<boolean> {
  if (!(port > 0)) return false;
  const socket = net.connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database: "postgres" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The system gave no free port.");
  return address.port;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
