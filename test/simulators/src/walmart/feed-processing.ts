import { setTimeout as sleep } from "node:timers/promises";
import type { Feed, FeedProblem, FeedRow } from "./feed.ts";
import { isQuantity } from "./item.ts";
import { hasNode, ownItem, writeInput, type Seller } from "./seller.ts";

/**
 * Works a feed off after `delayMs`. Its rows apply only then, over whatever was written in the meantime.
 *
 * @param readFile reads the file, at the time of processing.
 */
export async function processLater(
  feed: Feed,
  seller: Seller,
  readFile: () => { readonly rows: readonly FeedRow[] } | { readonly problem: FeedProblem },
  { delayMs, signal }: { readonly delayMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const wait = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  await wait(delayMs / 2);
  if (signal.aborted) return;
  const file = readFile();
  if ("problem" in file) {
    feed.status = "ERROR";
    feed.problem = file.problem;
    return;
  }
  feed.status = "INPROGRESS";
  feed.rows = file.rows;
  await wait(delayMs / 2);
  if (signal.aborted) return;
  for (const row of feed.rows) {
    row.problem = applyRow(row, seller);
    row.status = row.problem ? "DATA_ERROR" : "SUCCESS";
  }
  feed.status = "PROCESSED";
}

/** Writes the row, or nothing of it: why not, if so. */
function applyRow({ sku, nodes }: FeedRow, seller: Seller): FeedProblem | null {
  const item = ownItem(seller, sku);
  if (!item) return { code: "ERR_PDI_0001", description: `the SKU ${sku} does not exist` };
  if (nodes.length === 0) return { code: "ERR_EXT_DATA_0503010", description: "the row names no ship node" };
  const amounts = nodes.map(({ amount }) => amount).filter(isQuantity);
  if (amounts.length < nodes.length || nodes.some(({ unit }) => unit !== "EACH")) {
    return { code: "ERR_EXT_DATA_0503011", description: "quantity needs unit EACH and a whole amount of 0 or more" };
  }
  const strange = nodes.find(({ shipNode }) => !hasNode(seller, shipNode));
  if (strange) return { code: "ERR_EXT_DATA_0503012", description: `the ship node ${strange.shipNode} does not exist` };
  for (const [index, amount] of amounts.entries()) writeInput(seller, item, nodes[index]?.shipNode ?? "", amount);
  return null;
}
