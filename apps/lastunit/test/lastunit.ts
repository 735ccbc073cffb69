import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@lastunit/config";
import { afterAll, expect, vi } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** For `vi.waitFor`: however busy the machine is. */
export const WAIT = { timeout: 60_000, interval: 20 };

const folders: string[] = [];
const groups: number[] = [];

// A test that failed half-way leaves nothing behind.
afterAll(() => {
  for (const group of groups) kill(-group);
  for (const folder of folders) {
    for (const pid of postgresOn(folder)) kill(pid);
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, as it should.
  }
}

/** A data folder of a test's own, not made yet, in a place that the user `postgres` can reach when we are root. */
export function newDataFolder(): string {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-cli-"));
  fs.chmodSync(place, 0o755);
  folders.push(place);
  return path.join(place, "data");
}

/** The PostgreSQL servers that run on a folder. */
export function postgresOn(folder: string): number[] {
  const found = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("bin/postgres") && line.includes(folder))
    .map((line) => line.trim().split(/\s+/).map(Number));
  const servers = new Set(found.map(([pid]) => pid));
  // A process that a server has just forked is called as the server itself, until it has given itself a name.
  return found.flatMap(([pid = 0, parent]) => (servers.has(parent) ? [] : [pid]));
}

export interface Variables {
  readonly [variable: string]: string;
}

/** A Lastunit process. */
export interface LastunitProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits until it has printed this on standard output, and returns the match. */
  says(text: RegExp): Promise<RegExpExecArray>;
  /** As the terminal does it: to the process and its children. */
  signal(name: NodeJS.Signals): void;
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** Runs the command line in a process of its own, with no other variables than these. */
export function spawnLastunit(
  args: readonly string[],
  variables: Variables,
  options: { readonly input?: string; readonly uid?: number } = {},
): LastunitProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"], LOG_LEVEL: "warn", ...variables },
    cwd: os.tmpdir(),
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const pid = child.pid ?? 0;
  groups.push(pid);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(options.input ?? "");
  let hasEnded = false;
  const exited = once(child, "close").then(() => {
    hasEnded = true;
    return child.exitCode;
  });
  return {
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    signal: (name) => process.kill(-pid, name),
    says: async (text) => {
      await vi.waitFor(() => expect(hasEnded || text.test(stdout)).toBe(true), WAIT);
      const found = text.exec(stdout);
      if (found) return found;
      throw new Error(`it has ended without saying ${String(text)}, but:\n${stdout}${stderr}`);
    },
  };
}

/** Runs a command to its end. */
export async function runLastunit(
  args: readonly string[],
  variables: Variables,
  options: { readonly input?: string; readonly uid?: number } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const process = spawnLastunit(args, variables, options);
  const code = await process.exited;
  return { code, stdout: process.stdout(), stderr: process.stderr() };
}

/** Runs a command that must succeed, and returns what it prints. */
export async function outputOf(args: readonly string[], variables: Variables, input = ""): Promise<string> {
  const { code, stdout, stderr } = await runLastunit(args, variables, { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** Runs a command that must be refused, and returns why. */
export async function refusalOf(args: readonly string[], variables: Variables, input = ""): Promise<string> {
  const { code, stdout, stderr } = await runLastunit(args, variables, { input });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  return stderr;
}

/** A whole Lastunit that runs, and how to reach it. */
export interface RunningLastunit extends LastunitProcess {
  readonly ledger: string;
  readonly gateway: string;
}

export async function startLastunit(variables: Variables): Promise<RunningLastunit> {
  const process = spawnLastunit(["start"], { PORT: "0", LEDGER_PORT: "0", ...variables });
  const [, ledger = ""] = await process.says(/ledger +(http:\S+)\/docs/);
  const [, gateway = ""] = await process.says(/console +(http:\S+)\//);
  await process.says(/Ctrl-C stops everything/);
  return { ...process, ledger, gateway };
}

/** Where commands find a Lastunit that runs on a data folder. */
export function placeOf(folder: string, { gateway, ledger }: RunningLastunit): Variables {
  return { DATA_DIR: folder, PORT: new URL(gateway).port, LEDGER_PORT: new URL(ledger).port };
}

/** Something else that listens on a port, which nobody takes meanwhile when it is freed. */
export async function occupyPort(): Promise<{ readonly port: number; readonly free: () => void }> {
  const port = await freePort();
  const server = net.createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return { port, free: () => server.close() };
}

/** A database of the PostgreSQL that runs on a data folder. */
export function databaseUrl(folder: string, database: string): string {
  const password = fs.readFileSync(path.join(folder, "postgres.password"), "utf8");
  const port = fs.readFileSync(path.join(folder, "postgres/postmaster.pid"), "utf8").split("\n")[3] ?? "";
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
}
