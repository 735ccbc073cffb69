/** The outcome's code when a listing's revisions of the day are spent: not wrong for good, and not before tomorrow. */
export const REVISION_LIMIT = "revision_limit";

/** The seller's revisions within half a minute (eBay KB 2137), and the Trading API's calls of the day. */
const limitIds = new Set([21_919_144, 518]);

/**
 * A listing takes 250 revisions a calendar day, then is frozen until the next (Sell Inventory OpenAPI). Neither API
 * documents an id of its own for it (25002 is "user error, see longMessage"), so here alone the words decide.
 */
export function revisionsAreSpent(id: number | undefined, words: string): boolean {
  if (id !== undefined && limitIds.has(id)) return true;
  return /revis/i.test(words) && /limit|exceed|maximum|250/i.test(words);
}
