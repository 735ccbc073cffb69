import { chunksOf } from "@lastunit/adapter-contract";

/** Runs `work` for every item, at most `atOnce` at a time, and keeps the order. */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const together of chunksOf(items, atOnce)) results.push(...(await Promise.all(together.map(work))));
  return results;
}
