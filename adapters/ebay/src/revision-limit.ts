/**
 * The outcome's code when a listing's revisions of the day are spent: not wrong for good, and not before tomorrow. The
 * same as in store/src/push/settle.ts, which knows no adapters.
 */
export const REVISIONS_SPENT = "revision_limit";

/**
 * A listing takes 250 revisions a calendar day, then is frozen until the next (Sell Inventory OpenAPI). Neither API
 * documents an id of its own for it (25002 is "user error, see longMessage"), so here alone the words decide. Asked
 * after `limitOfCalls`, whose words may be like these.
 */
export function revisionsAreSpent(words: string): boolean {
  return /revis/i.test(words) && /limit|exceed|maximum|250/i.test(words);
}

/** What turns calls away whatever their listing is. */
export interface LimitOfCalls {
  /** As long as eBay names; undefined for what ends with the day, of which the Analytics API tells the end. */
  readonly retryAfterMs: number | undefined;
}

const limitsOfCalls = new Map<string, LimitOfCalls>([
  // The seller's 1,200 revise calls within half a minute (eBay KB 2137).
  ["21919144", { retryAfterMs: 30_000 }],
  // The application's calls of the Trading API, of the day.
  ["518", { retryAfterMs: undefined }],
]);

/** The limit that an error of eBay's stands for, in either API; undefined for any other error. */
export function limitOfCalls(id: string): LimitOfCalls | undefined {
  return limitsOfCalls.get(id);
}
