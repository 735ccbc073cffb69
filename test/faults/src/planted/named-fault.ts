import type { Plan } from "./change.ts";
import { faults, type Fault } from "./faults.ts";

/** The mistake named by PLANTED_FAULT. @throws when there is none of that name. */
export function namedFault(): Plan {
  const name = process.env["PLANTED_FAULT"] ?? "";
  const fault: Fault | undefined = Object.entries(faults).find(([key]) => key === name)?.[1];
  if (!fault) throw new Error(`PLANTED_FAULT=${name} is none of: ${Object.keys(faults).join("; ")}`);
  return { name, changes: fault.changes };
}
