import { fileURLToPath } from "node:url";
import pg from "pg";
import type { LedgerPair } from "../ledger/ledger-pair.ts";
import type { NightPlan } from "../ledger/night.ts";
import { faults, type Fault, type FaultName } from "./faults.ts";

export type { FaultName } from "./faults.ts";

const PRELOAD = fileURLToPath(new URL("./preload.ts", import.meta.url));

/** Plants a fault in a night's ledgers. */
export function planted(name: FaultName): Pick<NightPlan, "environment" | "prepare"> {
  const { constraint, changes }: Fault = faults[name];
  return {
    environment: { NODE_OPTIONS: `--import=${PRELOAD}`, PLANTED_FAULT: name },
    async prepare(pair: LedgerPair, databaseUrl: string) {
      // A file that is no longer loaded by then would leave the ledger sound.
      for (const side of [0, 1] as const) {
        for (const { file } of changes) {
          if (!pair.output(side).includes(`planted: ${name}, in ${file}`)) throw new Error(`"${name}" was not planted`);
        }
      }
      if (!constraint) return;
      const client = new pg.Client(databaseUrl);
      await client.connect();
      await client.query(`alter table ${constraint.table} drop constraint ${constraint.name}`);
      await client.end();
    },
  };
}
