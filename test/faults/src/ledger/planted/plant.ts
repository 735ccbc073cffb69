import { registerHooks } from "node:module";
import { faults, type Fault } from "./faults.ts";
import { plant } from "./swap.ts";

/*
 * Loaded before a ledger process (`node --import`): puts the mistake named by PLANTED_FAULT into its source as that is
 * read. The product itself has no switch for any of this.
 */

const name = process.env["PLANTED_FAULT"] ?? "";
const fault: Fault | undefined = Object.entries(faults).find(([key]) => key === name)?.[1];
if (!fault) throw new Error(`PLANTED_FAULT=${name} is none of: ${Object.keys(faults).join("; ")}`);
const { changes } = fault;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const here = changes.filter(({ file }) => url.endsWith(`/${file}`));
    if (here.length === 0) return loaded;
    const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: here.reduce((text, change) => plant(name, text, change), source) };
  },
});
