import { z } from "zod";
import type { Fault, SimulatedKind } from "../simulator.ts";
import { fault } from "./control-input.ts";

/** The faults that wait on each channel when it starts. */
export type FaultScript = { readonly [kind in SimulatedKind]?: readonly Fault[] };

const faults = z.array(fault).exactOptional();
const script: z.ZodType<FaultScript> = z.strictObject(
  { shopify: faults, amazon: faults, ebay: faults, walmart: faults },
  { error: 'must be faults by channel, such as {"ebay": [{"effect": {"type": "throttle"}}]}' },
);

/**
 * Reads a script of faults from JSON, such as `{"ebay": [{"operation": "getOrders", "effect": {"type": "throttle"}}]}`.
 *
 * @throws naming everything that is wrong with it and where.
 */
export function readFaultScript(text: string): FaultScript {
  const parsed = script.safeParse(parse(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
