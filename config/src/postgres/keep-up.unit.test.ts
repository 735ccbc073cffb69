import { spawnSync } from "node:child_process";
import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { keepUp } from "./keep-up.ts";

interface Line {
  readonly msg: string;
  readonly error?: string;
  readonly againInMs?: number;
}

/** A logger and what it has written. */
function recordingLog() {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { msg, error, againInMs }: Line = JSON.parse(chunk.toString());
      lines.push({ msg, ...(error !== undefined && { error }), ...(againInMs !== undefined && { againInMs }) });
      done();
    },
  });
  return { lines, log: pino(stream) };
}

/** Of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["--version"]).pid;

/** However busy the machine is. */
const WAIT = { timeout: 60_000 };
const ENDED = "PostgreSQL has ended unexpectedly; it is started again";
const FAILED = "PostgreSQL could not be started again";

describe("a server that is kept up", () => {
  it("is started until it runs, later each time, and every failure is told", async () => {
    const { lines, log } = recordingLog();
    let starts = 0;
    async function start(): Promise<{ pid: number }> {
      starts += 1;
      if (starts < 4) throw new Error(`disk full ${starts}`);
      return { pid: process.pid };
    }
    const kept = keepUp({ pid: deadPid(), start, log });
    await vi.waitFor(() => expect(kept.pid).toBe(process.pid), WAIT);
    await kept.letBe();
    expect(lines).toEqual([
      { msg: ENDED, againInMs: 100 },
      { msg: FAILED, error: "disk full 1", againInMs: 200 },
      { msg: FAILED, error: "disk full 2", againInMs: 400 },
      { msg: FAILED, error: "disk full 3", againInMs: 800 },
      { msg: "PostgreSQL is back" },
    ]);
  });

  it("is started later each time when it runs and dies again at once", async () => {
    const { lines, log } = recordingLog();
    const kept = keepUp({ pid: deadPid(), start: async () => ({ pid: deadPid() }), log });
    const waits = () => lines.flatMap(({ againInMs }) => againInMs ?? []);
    await vi.waitFor(() => expect(waits()).toHaveLength(4), WAIT);
    await kept.letBe();
    expect(waits()).toEqual([100, 200, 400, 800]);
  });

  it("is left alone once it is to be let be, also in the middle of a start", async () => {
    const { lines, log } = recordingLog();
    const start = vi.fn<(signal: AbortSignal) => Promise<{ pid: number }>>(
      (signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const kept = keepUp({ pid: deadPid(), start, log });
    await vi.waitFor(() => expect(start).toHaveBeenCalled(), WAIT);
    await kept.letBe();
    expect(start).toHaveBeenCalledTimes(1);
    expect(lines.map(({ msg }) => msg)).toEqual([ENDED]);
  });
});
