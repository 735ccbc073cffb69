import { randomBytes } from "node:crypto";
import { freePort, makeTemporaryFolder, startPart, until, type PartProcess } from "@lastunit/test-support";
import { ask } from "./ask.ts";

/** Two ledger processes on one database, each started again whenever it was killed, as a supervisor does. */
export interface LedgerPair {
  readonly urls: readonly [string, string];
  /** Sees all merchants. */
  readonly serviceToken: string;
  /** Whether that process is running, and not just being started. */
  isRunning(index: Side): boolean;
  /** Ends a process as a power cut would. It is being started again when this resolves. */
  kill(index: Side): Promise<void>;
  /** Starts those again that ended although nobody killed them. */
  startEnded(): void;
  /** The last words of all that did. */
  endedAlone(): readonly string[];
  /** The id of a process of the two. */
  pid(index: Side): number;
  output(index: Side): string;
  stop(): Promise<void>;
}

/** One of the two processes. */
export type Side = 0 | 1;
export const sides = [0, 1] as const;

/** @param environment more of the processes' variables. */
export async function startLedgerPair(
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LedgerPair> {
  const dataDir = makeTemporaryFolder("ledgers");
  const ports = [await freePort(), await freePort()] as const;
  const urls = [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`] as const;
  const serviceToken = randomBytes(16).toString("hex");
  const starting: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  const stopping = new AbortController();
  const lastWords: string[] = [];

  const start = (index: Side) =>
    startPart("ledger", {
      DATA_DIR: dataDir.path,
      LEDGER_DATABASE_URL: databaseUrl,
      LEDGER_PORT: String(ports[index]),
      LEDGER_SERVICE_TOKEN: serviceToken,
      LOG_LEVEL: "error",
      ...environment,
    });

  const processes: [PartProcess | undefined, PartProcess | undefined] = await Promise.all([start(0), start(1)]);

  /** Again and again: one that is started while its database is away says so and ends. */
  async function startAgain(index: Side): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        processes[index] = await start(index);
        return;
      } catch {
        continue;
      }
    }
  }

  /** Of a process that is gone although nobody killed it. */
  function lastWordsOf(index: Side): string[] {
    const process = processes[index];
    return process && !process.isRunning() ? [`ledger ${index + 1} ended by itself:\n${process.output()}`] : [];
  }

  function running(index: Side): PartProcess {
    const process = processes[index];
    if (!process) throw new Error(`ledger ${index + 1} is not running`);
    return process;
  }

  return {
    urls,
    serviceToken,
    isRunning: (index) => processes[index]?.isRunning() ?? false,
    async kill(index) {
      const killed = running(index);
      processes[index] = undefined;
      await killed.kill();
      starting[index] = startAgain(index);
    },
    startEnded() {
      for (const side of sides) {
        const words = lastWordsOf(side);
        if (words.length === 0) continue;
        lastWords.push(...words);
        processes[side] = undefined;
        starting[side] = startAgain(side);
      }
    },
    endedAlone: () => [...lastWords, ...sides.flatMap(lastWordsOf)],
    pid: (index) => running(index).pid,
    output: (index) => running(index).output(),
    async stop() {
      stopping.abort();
      await Promise.all(starting);
      await Promise.all(processes.flatMap((one) => (one ? [one.stop()] : [])));
      dataDir.remove();
    },
  };
}

/** Waits until both processes run and are ready. */
export async function untilReady(pair: LedgerPair): Promise<void> {
  const isReady = async (index: Side) => {
    const answer = await ask(pair.urls[index], "", { method: "GET", path: "/health/ready" }, { timeoutMs: 1_000 });
    return pair.isRunning(index) && answer?.status === 200;
  };
  await until("the ledgers are ready", async () => (await Promise.all(sides.map(isReady))).every(Boolean), {
    timeoutMs: 120_000,
  });
}
