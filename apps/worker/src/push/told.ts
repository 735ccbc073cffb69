import type { UpdateOutcome } from "@lastunit/adapter-contract";
import type { Claim } from "./claims.ts";

/** What the channel said of an update that it did not turn away for its limit. */
export type AnsweredOutcome = Exclude<UpdateOutcome, { readonly status: "throttled" }>;

/** What the channel said of one claimed listing. */
export interface Told<Outcome = UpdateOutcome> {
  readonly claim: Claim;
  readonly outcome: Outcome;
}
export type Answer = Told<AnsweredOutcome>;
export type Throttled = Told<Exclude<UpdateOutcome, AnsweredOutcome>>;

const leftOut: AnsweredOutcome = { status: "retry", code: "left_out", message: "The channel did not answer for it." };

/** Parts what the channel answered from what its limit turned away. */
export function partOutcomes(
  claims: readonly Claim[],
  outcomes: readonly UpdateOutcome[],
): { readonly answers: readonly Answer[]; readonly throttled: readonly Throttled[] } {
  const told = claims.map((claim, index): Told => ({ claim, outcome: outcomes[index] ?? leftOut }));
  return { answers: told.filter(isAnswer), throttled: told.filter(isThrottled) };
}

function isThrottled(told: Told): told is Throttled {
  return told.outcome.status === "throttled";
}

function isAnswer(told: Told): told is Answer {
  return told.outcome.status !== "throttled";
}
