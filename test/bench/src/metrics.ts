import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 100;

/** Reads a gauge of the ledger's own `/metrics` again and again until it is stopped. */
export function watchMetric(
  url: string,
  name: string,
): { stop(): Promise<{ readonly first: number; readonly most: number }> } {
  const seen: number[] = [];
  const stopped = new AbortController();

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
      if (value === undefined) throw new Error(`${url}/metrics has no ${name}`);
      seen.push(Number(value));
      await delay(LOOK_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopped.abort();
      await watching;
      return { first: seen[0] ?? 0, most: Math.max(...seen) };
    },
  };
}
