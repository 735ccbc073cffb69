import type { Logger } from "@lastunit/config";
import type { EventResult, LedgerClient, NewEvent } from "@lastunit/ledger/client";
import { followUpsOf, type EventPlan } from "./order-events.ts";

/** The most events one call to the ledger takes. */
const EVENTS_PER_CALL = 1_000;

/** Refusals that are part of an order's life heard out of order: what they refuse has been told already, or is no longer true. */
const expectedRefusals: ReadonlySet<string> = new Set([
  "reservation_committed",
  "reservation_released",
  "reservation_cancelled",
  "reservation_expired",
  "unknown_reservation",
]);

/** Why something that was told is not in the ledger, in a sentence for the merchant. */
export interface Problem {
  /** `unmapped`: can be recorded once the item or location is mapped. `refused`: the ledger will never take it as it is. */
  readonly code: "unmapped" | "refused";
  readonly message: string;
}

/** What became of a plan. */
export interface RecordedPlan {
  /** Each event that the ledger will never take as it is, and each unmapped item. */
  readonly problems: readonly Problem[];
  /** Whether the ledger was told anything it did not know. */
  readonly isNews: boolean;
}

/**
 * Records a plan in the ledger. Safe to repeat.
 * @throws LedgerError when the ledger can't be reached.
 */
export async function recordPlan(
  ledger: Pick<LedgerClient, "append">,
  merchantId: string,
  plan: EventPlan,
  log: Logger,
): Promise<RecordedPlan> {
  const first = await append(ledger, merchantId, plan.events);
  const second = await append(ledger, merchantId, followUpsOf(plan, first));
  const results = [...first, ...second];
  const refused = results.filter((result) => result.status === "refused");
  // The first telling stands: a changed mapping must not move units that were sold long ago.
  for (const result of refused.filter(isConflict)) {
    log.warn({ event_id: result.event_id, reason: result.message }, "an event was told again differently");
  }
  const unexpected = refused.filter((result) => !isConflict(result) && !expectedRefusals.has(result.code ?? ""));
  return {
    problems: [
      ...plan.unmapped.map((message): Problem => ({ code: "unmapped", message })),
      ...unexpected.map((result): Problem => ({ code: "refused", message: describeRefusal(result) })),
    ],
    isNews: results.some(({ status }) => status === "recorded"),
  };
}

const isConflict = (result: EventResult) => result.code === "idempotency_conflict";

async function append(
  ledger: Pick<LedgerClient, "append">,
  merchantId: string,
  events: readonly NewEvent[],
): Promise<EventResult[]> {
  const results: EventResult[] = [];
  for (let at = 0; at < events.length; at += EVENTS_PER_CALL) {
    results.push(...(await ledger.append(merchantId, events.slice(at, at + EVENTS_PER_CALL))));
  }
  return results;
}

function describeRefusal(result: EventResult): string {
  const field = result.field ? ` (${result.field})` : "";
  return `the ledger refused ${result.event_id}: ${result.code ?? "unknown"}${field}${result.message ? `, ${result.message}` : ""}`;
}
