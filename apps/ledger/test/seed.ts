import { createHash } from "node:crypto";

/** The seed of this file's random tests: `SEED` when set, to repeat a run; else a fresh one. Printed either way. */
export const seed: number = wholeNumber("SEED") ?? Math.trunc(Math.random() * 2 ** 31);
process.stdout.write(`random tests repeat with SEED=${seed}\n`);

/** A test's own seed, made of the file's and its title: so that each draws other histories, and draws them again when it is run alone. */
export function seedOf(title: string): number {
  return createHash("sha256").update(`${seed} ${title}`).digest().readInt32LE();
}

/** How many random histories to try: `HISTORIES` when set, for a long run. */
export function histories(usual: number): number {
  return wholeNumber("HISTORIES") ?? usual;
}

function wholeNumber(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === "") return undefined;
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`${variable}=${text} is no whole number`);
}
