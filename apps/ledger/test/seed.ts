/** The seed of this file's random tests: `SEED` when set, to repeat a run; else a fresh one. Printed either way. */
export const seed: number = wholeNumber("SEED") ?? Math.trunc(Math.random() * 2 ** 31);
process.stdout.write(`random tests repeat with SEED=${seed}\n`);

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
