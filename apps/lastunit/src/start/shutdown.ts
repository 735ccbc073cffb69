import type { Logger } from "@lastunit/config";

/** A clean stop takes at most this long; then the process ends anyway. */
const STOP_DEADLINE_MS = 10_000;

/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm: only a later one is the user's second. */
const SAME_WISH_MS = 500;

/** Resolves on the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function untilAskedToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    function hear(signal: NodeJS.Signals): void {
      firstAt ??= performance.now();
      resolve(signal);
      if (performance.now() - firstAt > SAME_WISH_MS) process.exit(130);
    }
    process.on("SIGINT", hear);
    process.on("SIGTERM", hear);
  });
}

/** Undoes what was started, last first. Collects while starting, so that a failed start undoes what it had done. */
export class Shutdown {
  readonly #steps: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /** Stops everything; a process that something still keeps alive after the deadline is ended. */
  async run(): Promise<void> {
    setTimeout(() => {
      this.#log.error("stopping took too long; ending now");
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.stop();
      } catch (error) {
        this.#log.warn({ err: error, part: step.name }, "a part did not stop cleanly");
      }
    }
  }
}
