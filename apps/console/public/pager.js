// @ts-check

/**
 * Reads a list page by page. Only what was asked for last counts: the answer to an earlier question, or its failure, is
 * nobody's any more.
 *
 * @template Filter, Row
 * @param {(filter: Filter, after: string | null) => Promise<{ rows: Row[], next: string | null }>} read
 */
export function createPager(read) {
  /** @type {Filter | undefined} */
  let filter;
  /** @type {string | null} */
  let next = null;
  let asked = 0;

  /**
   * @param {Filter} wanted
   * @param {string | null} after
   */
  async function ask(wanted, after) {
    asked += 1;
    const mine = asked;
    try {
      const page = await read(wanted, after);
      if (mine !== asked) return undefined;
      next = page.next;
      return page;
    } catch (error) {
      if (mine === asked) throw error;
      return undefined;
    }
  }

  return {
    /** The first page. @param {Filter} wanted what the pages after it are of, too @returns undefined: it was overtaken */
    first(wanted) {
      filter = wanted;
      next = null;
      return ask(wanted, null);
    },
    /** The page after the last one that was answered. @returns undefined: it was overtaken, or there is none */
    async more() {
      return filter === undefined || next === null ? undefined : ask(filter, next);
    },
  };
}
