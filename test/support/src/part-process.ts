import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { endsWithUs } from "./guard.ts";
import { until } from "./until.ts";

/** What `lastunit start` runs: one part, or `all` in one process. */
export type Part = "all" | "ledger" | "hub" | "worker" | "gateway";

/** A part of the product as a process of its own, started as a deployment starts it. It ends with the test's process. */
export interface PartProcess {
  readonly pid: number;
  /** Ends it as a power cut would; also when it is paused. */
  kill(): Promise<void>;
  /** Asks it to stop and waits until it has; after a while it is killed. */
  stop(): Promise<void>;
  /** It stays where it is, connections and all, and does nothing until `resume`. */
  pause(): void;
  resume(): void;
  /** False also when it ended by itself. */
  isRunning(): boolean;
  /** What it wrote, logs included; its last few kilobytes. */
  output(): string;
}

const MAIN = path.join(import.meta.dirname, "../../../apps/lastunit/src/main.ts");
/** Three seconds on an idle machine, with a fresh PostgreSQL of its own ten. */
const START_MS = 120_000;
/** A little longer than the product gives itself. */
const STOP_MS = 15_000;
const OUTPUT_KEPT = 6_000;

/**
 * Starts a part and returns when it says that it is running.
 *
 * @param environment all of its variables; nothing of this process's but PATH is passed on.
 * @throws with what it wrote, when it ends before that.
 */
export async function startPart(part: Part, environment: { readonly [name: string]: string }): Promise<PartProcess> {
  const child = spawn(process.execPath, [MAIN, "start", part], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  child.once("exit", endsWithUs({ pid: child.pid }));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }

  async function kill(): Promise<void> {
    if (isRunning()) child.kill("SIGKILL");
    await exited;
  }

  try {
    await until(`the ${part} is running`, () => output.includes("is running.") || !isRunning(), {
      timeoutMs: START_MS,
    });
    if (!isRunning()) throw new Error(`the ${part} ended at once`);
  } catch (cause) {
    await kill();
    throw new Error(`the ${part} did not start:\n${output}`, { cause });
  }

  return {
    pid: child.pid ?? 0,
    kill,
    async stop() {
      if (isRunning()) child.kill("SIGTERM");
      const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(deadline);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    isRunning,
    output: () => output,
  };
}
