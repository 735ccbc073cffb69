import type { Change } from "./faults.ts";

/**
 * Puts a part of the fault into a source, and says so on standard output.
 *
 * @throws when its piece does not stand there once: then nothing would be tested.
 */
export function plant(fault: string, source: string, { file, piece, instead }: Change): string {
  const times = source.split(piece).length - 1;
  if (times !== 1) {
    throw new Error(`"${fault}" can't be planted: ${file} has its piece ${times} times, not once. Mend faults.ts.`);
  }
  process.stdout.write(`planted: ${fault}, in ${file}\n`);
  return source.replace(piece, () => instead);
}
