import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import { messageOf } from "../message-of.ts";

const LOOK_EVERY_MS = 100;
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 30_000;
/** One that ends sooner than that has failed again. */
const STEADY_MS = 60_000;

/** A server that is started again when it ends by itself. */
export interface KeptServer {
  /** Of the process that runs, or of the last that ran. */
  readonly pid: number;
  /** Lets it be; a start that is under way is given up. It may still run. */
  letBe(): Promise<void>;
}

/**
 * Starts a server again whenever its process is gone, after a growing back-off, and never gives up. Each end, each
 * return and each start that failed is logged.
 *
 * @param options.start must end soon after the signal aborts, and leave nothing running then.
 */
export function keepUp(options: {
  readonly pid: number;
  readonly start: (signal: AbortSignal) => Promise<{ readonly pid: number }>;
  readonly log: Logger;
}): KeptServer {
  const { start, log } = options;
  const ending = new AbortController();
  const { signal } = ending;
  let { pid } = options;

  async function watch(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const since = performance.now();
      while (isAlive(pid)) await delay(LOOK_EVERY_MS, undefined, { signal, ref: false });
      if (performance.now() - since > STEADY_MS) failures = 0;
      log.error(
        { postmaster: pid, againInMs: backOffMs(failures) },
        "PostgreSQL has ended unexpectedly; it is started again",
      );
      failures = await startAgain(failures);
    }
  }

  /** @returns how many starts in a row it has taken, with those before. */
  async function startAgain(failuresBefore: number): Promise<number> {
    for (let failures = failuresBefore; ; failures += 1) {
      await delay(backOffMs(failures), undefined, { signal });
      try {
        ({ pid } = await start(signal));
        log.info({ postmaster: pid }, "PostgreSQL is back");
        return failures + 1;
      } catch (error) {
        signal.throwIfAborted();
        const reason = messageOf(error);
        log.error({ error: reason, againInMs: backOffMs(failures + 1) }, "PostgreSQL could not be started again");
      }
    }
  }

  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });

  return {
    get pid() {
      return pid;
    },
    async letBe() {
      ending.abort();
      await watching;
    },
  };
}

const backOffMs = (failures: number) => Math.min(FIRST_BACK_OFF_MS * 2 ** failures, MAX_BACK_OFF_MS);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
