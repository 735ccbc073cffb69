import type { Fault } from "../simulator.ts";

export type FaultEffect = Fault["effect"];

export interface Faults {
  add(fault: Fault): void;
  /** Uses up one hit of the oldest fault that matches the call. */
  take(account: string, operation: string): FaultEffect | undefined;
}

export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; left: number }[] = [];

  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    take(account, operation) {
      const found = waiting.find(({ fault, left }) => left > 0 && matches(fault, account, operation));
      if (!found) return undefined;
      found.left -= 1;
      return found.fault.effect;
    },
  };
}

function matches(fault: Fault, account: string, operation: string): boolean {
  return (
    (fault.operation === undefined || fault.operation === operation) &&
    (fault.account === undefined || fault.account === account)
  );
}
