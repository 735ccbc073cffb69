import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for a condition, asked every few milliseconds, and returns its value.
 *
 * @throws after `timeoutMs`, which a busy machine must not miss, naming what did not come true and the last value or error
 *   seen.
 */
export async function until<T>(
  description: string,
  condition: () => T | Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`after ${timeoutMs} ms still not true: ${description}`, { cause: last });
    }
    await delay(10);
  }
}
