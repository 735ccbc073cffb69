import { registerHooks } from "node:module";
import { faults, type Fault } from "./faults.ts";

/*
 * Loaded before a ledger process (`node --import`): puts the mistake named by PLANTED_FAULT into its source as that is
 * read. The product itself has no switch for any of this.
 */

const name = process.env["PLANTED_FAULT"] ?? "";
const fault: Fault | undefined = Object.entries(faults).find(([key]) => key === name)?.[1];
if (!fault) throw new Error(`PLANTED_FAULT=${name} is none of: ${Object.keys(faults).join("; ")}`);
const { file, piece, instead } = fault;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${file}`)) return loaded;
    const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    const times = source.split(piece).length - 1;
    if (times !== 1) {
      throw new Error(`"${name}" can't be planted: ${file} has its piece ${times} times, not once. Mend faults.ts.`);
    }
    process.stdout.write(`planted: ${name}\n`);
    return { ...loaded, source: source.replace(piece, () => instead) };
  },
});
