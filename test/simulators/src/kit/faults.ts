import type { CallEffect, Fault, FeedEffect, NotificationEffect } from "../simulator.ts";
import { isOfCall, isOfFeed, isOfNotification } from "./fault-effects.ts";

/** The scripted faults of one simulator; each hit uses up one of the oldest fault that matches. */
export interface Faults {
  add(fault: Fault): void;
  /** What has not hit yet; `times` is what is left of it. */
  list(): readonly Fault[];
  clear(): void;
  takeForCall(account: string, operation: string): CallEffect | undefined;
  takeForNotification(account: string, topic: string): NotificationEffect | undefined;
  takeForFeed(account: string): FeedEffect | undefined;
}

export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; toPass: number; left: number }[] = [];

  /** A fault that matches and lets this one pass counts it. */
  function take<Effect extends Fault["effect"]>(
    isOfThis: (effect: Fault["effect"]) => effect is Effect,
    matches: (fault: Fault) => boolean,
  ): Effect | undefined {
    for (const one of waiting) {
      const { effect } = one.fault;
      if (one.left === 0 || !isOfThis(effect) || !matches(one.fault)) continue;
      if (one.toPass === 0) {
        one.left -= 1;
        return effect;
      }
      one.toPass -= 1;
    }
    return undefined;
  }

  return {
    add: (fault) => void waiting.push({ fault, toPass: fault.after ?? 0, left: fault.times ?? 1 }),
    list: () => waiting.filter(({ left }) => left > 0).map(({ fault, left }) => ({ ...fault, times: left })),
    clear: () => void waiting.splice(0),
    takeForCall: (account, operation) =>
      take(isOfCall, (fault) => names(fault.account, account) && names(fault.operation, operation)),
    takeForNotification: (account, topic) =>
      take(isOfNotification, (fault) => names(fault.account, account) && names(fault.topic, topic)),
    takeForFeed: (account) => take(isOfFeed, (fault) => names(fault.account, account)),
  };
}

/** What a fault leaves out stands for all. */
function names(named: string | undefined, actual: string): boolean {
  return named === undefined || named === actual;
}
