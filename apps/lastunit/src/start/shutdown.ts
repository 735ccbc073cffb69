import type { Logger } from "@lastunit/config";

/** A clean stop takes at most this long; then the process ends anyway. */
const STOP_DEADLINE_MS = 10_000;

/** Resolves on the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function untilAskedToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(130));
      });
    }
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

  /** Stops everything; what does not stop in time is left to the end of the process. */
  async run(): Promise<void> {
    const deadline = setTimeout(() => {
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
    clearTimeout(deadline);
  }
}
