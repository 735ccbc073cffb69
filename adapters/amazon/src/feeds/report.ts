import type { UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import { Issue, outcomeOfIssues, type Rejected } from "../patches.ts";
import { messageIdOf } from "./messages.ts";

/** A feed's processing report (schema listings-feed-processing-report-schema-v2). Issues without a message concern all. */
export const ProcessingReport = z.object({
  issues: z.array(Issue.extend({ messageId: z.number().int().optional() })).default([]),
  summary: z.object({ messagesProcessed: z.number().int(), messagesInvalid: z.number().int().default(0) }),
});
export type ProcessingReport = z.infer<typeof ProcessingReport>;

/**
 * What became of each update of a feed that is over. A part of them failing is usual.
 *
 * @param sendable of each update, as `sendableAs` says it.
 * @param report undefined when Amazon made none.
 * @param end `wasDone`: what the report counts and does not complain of was applied. `otherwise`: what an update is of
 *   which the report says nothing.
 */
export function outcomesOf(
  sendable: readonly (string | Rejected)[],
  report: ProcessingReport | undefined,
  end: { readonly wasDone: boolean; readonly otherwise: UpdateOutcome },
): readonly UpdateOutcome[] {
  const sent = sendable.filter((one) => typeof one === "string").length;
  const byMessage = Map.groupBy(report?.issues ?? [], ({ messageId }) => messageId);
  const ofAll = byMessage.get(undefined) ?? [];
  const isWhole = end.wasDone && report !== undefined && accountsFor(report, sent, byMessage);
  const other: UpdateOutcome = isWhole ? { status: "accepted" } : (retryBecause(ofAll) ?? end.otherwise);
  return sendable.map((one, index) => {
    if (typeof one !== "string") return one;
    return outcomeOfIssues(byMessage.get(messageIdOf(index)) ?? []) ?? other;
  });
}

/** Whether each message that went wrong is named, so that the others went well. */
function accountsFor(
  { summary }: ProcessingReport,
  sent: number,
  byMessage: ReadonlyMap<number | undefined, readonly Issue[]>,
): boolean {
  const wrong = [...byMessage].filter(([id, issues]) => id !== undefined && outcomeOfIssues(issues) !== undefined);
  return summary.messagesProcessed >= sent && summary.messagesInvalid <= wrong.length;
}

/** The feed's own fault, not the listing's. */
function retryBecause(issues: readonly Issue[]): UpdateOutcome | undefined {
  const outcome = outcomeOfIssues(issues);
  return outcome?.status === "rejected" ? { ...outcome, status: "retry" } : outcome;
}
