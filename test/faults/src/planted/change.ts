/** What stands once in a source file, and what it becomes. */
export interface Change {
  /** Ends the file's path. */
  readonly file: string;
  readonly piece: string;
  readonly instead: string;
}

/** What is to be changed in the product's source as it is read. */
export interface Plan {
  /** As it is told on standard output. */
  readonly name: string;
  readonly changes: readonly Change[];
}

/**
 * Makes what the plan changes in a source, and says so on standard output.
 *
 * @param address of the file.
 * @returns undefined when it changes nothing there.
 * @throws when a piece does not stand there once: then nothing would be tested.
 */
export function plantInto({ name, changes }: Plan, address: string, read: () => string): string | undefined {
  const here = changes.filter(({ file }) => address.endsWith(`/${file}`));
  return here.length === 0 ? undefined : here.reduce((source, change) => changed(name, source, change), read());
}

function changed(name: string, source: string, { file, piece, instead }: Change): string {
  const times = source.split(piece).length - 1;
  if (times !== 1) {
    throw new Error(`"${name}" can't be planted: ${file} has its piece ${times} times, not once. Mend the plan.`);
  }
  process.stdout.write(`planted: ${name}, in ${file}\n`);
  return source.replace(piece, () => instead);
}
