import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import type { Logger } from "../logger.ts";
import type { PostgresBinaries } from "./binaries.ts";
import type { SystemUser } from "./system-user.ts";

/** The process that runs on a cluster, as its `postmaster.pid` names it. */
export interface Postmaster {
  readonly pid: number;
  /** NaN while it is only just starting. */
  readonly port: number;
}

/** PostgreSQL's own lock on its data folder: line 1 is the process, line 4 its port. A killed one leaves it behind. */
const lockFile = (folder: string) => path.join(folder, "postmaster.pid");

/** The postmaster that runs on the folder, also one that is starting or stopping. */
export function findPostmaster(folder: string): Postmaster | undefined {
  const lines = readLock(folder);
  const pid = Number(lines?.[0]);
  return isPostmaster(pid, folder) ? { pid, port: Number(lines?.[3] || NaN) } : undefined;
}

/**
 * PostgreSQL refuses to start while the process its lock names is alive, whatever program that is by now; after a
 * machine or container started anew, it often is. It does not count its own parent, so the lock is made to name us.
 * The rest of the lock stays: by it PostgreSQL sees whether children of a killed postmaster are still at work. That of a
 * postmaster that runs is left as it is: another start may have been quicker.
 */
export function disarmStaleLock(folder: string): void {
  const lines = readLock(folder);
  if (lines && !isPostmaster(Number(lines[0]), folder)) {
    fs.writeFileSync(lockFile(folder), [String(process.pid), ...lines.slice(1)].join("\n"));
  }
}

function readLock(folder: string): string[] | undefined {
  try {
    return fs.readFileSync(lockFile(folder), "utf8").split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a process is alive and is a postmaster on the folder, not another program that was given its number. */
export function isPostmaster(pid: number, folder: string): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return commandLine(pid).includes(folder);
  } catch {
    return false;
  }
}

function commandLine(pid: number): string {
  if (process.platform === "linux") return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
  return execFileSync("ps", ["-ww", "-p", String(pid), "-o", "command="], { encoding: "utf8" });
}

/** A postmaster we started. */
export interface StartedPostmaster {
  readonly pid: number;
  isRunning(): boolean;
  /** What it said last, a line each. */
  readonly lastWords: readonly string[];
  /** Lets our process end although this one runs on. */
  letGo(): void;
}

/**
 * Starts one, durable (`fsync` on) and on loopback only, in a process group of its own: Ctrl-C in a terminal must reach
 * it after our connections closed, not before.
 */
export function startPostmaster(options: {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
  readonly port: number;
  readonly log: Logger;
}): StartedPostmaster {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
  const child = spawn(
    options.binaries.postgres,
    ["-D", options.folder, "-p", String(options.port), ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...options.user,
      // Ours may be closed to the user it runs as.
      cwd: options.folder,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    },
  );
  const lastWords: string[] = [];
  function hear(line: string): void {
    options.log.debug({ postgres: line }, "postgres");
    lastWords.push(line);
    if (lastWords.length > 20) lastWords.shift();
  }
  child.on("error", (error) => hear(error.message));
  child.stderr.on("data", (chunk: Buffer) => chunk.toString("utf8").trim().split("\n").forEach(hear));
  return {
    pid: child.pid ?? 0,
    lastWords,
    isRunning: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    letGo() {
      child.unref();
      if (child.stderr instanceof net.Socket) child.stderr.unref();
    },
  };
}
