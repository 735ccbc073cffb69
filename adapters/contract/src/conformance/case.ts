import type { ExpectStatic } from "vitest";
import type { ConformanceHarness, ConformanceSeed } from "./harness.ts";

/** One promise of the contract. Plain data, so that the suite's own test can show that each can be broken. */
export interface ConformanceCase {
  /** States the rule. */
  readonly title: string;
  /** How the channel is set up; what is left out is as `usualSeed` has it. */
  readonly seed?: Partial<ConformanceSeed>;
  /** Why the rule says nothing about this channel; undefined when it does. */
  readonly skip?: (harness: ConformanceHarness) => string | undefined;
  /**
   * Rejects when the adapter breaks the promise.
   *
   * @param expect its test's own: what the global one records of a promise may count for another test that runs beside.
   */
  readonly run: (harness: ConformanceHarness, expect: ExpectStatic) => Promise<void>;
}

export interface ConformanceGroup {
  readonly about: string;
  readonly cases: readonly ConformanceCase[];
}

/** A reason to skip where the harness or the adapter does not have something. */
export function without(
  part: (harness: ConformanceHarness) => unknown,
  reason: string,
): Required<Pick<ConformanceCase, "skip">> {
  return { skip: (harness) => (part(harness) ? undefined : reason) };
}

/** A part of the harness that the case's `skip` has asked for. */
export function given<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error("the harness lacks what this case needs; its skip should have said so");
  return part;
}
