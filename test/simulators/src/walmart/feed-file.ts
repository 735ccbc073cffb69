import { asArray, asObject, asText, parseJson } from "../kit/index.ts";
import type { FeedProblem, FeedRow, FeedType } from "./feed.ts";

const MAX_ROWS = 10_000;

/**
 * Reads a feed's JSON. The letter case of the keys matters and differs: spec 1.4 has `InventoryHeader` and `Inventory`,
 * spec 1.5 `inventoryHeader` and `inventory` (Walmart docs: bulk item inventory update).
 *
 * @param defaultNode the node of spec 1.4 rows, which name none.
 */
export function readFeedFile(
  file: Uint8Array,
  feedType: FeedType,
  defaultNode: string,
): { readonly rows: readonly FeedRow[] } | { readonly problem: FeedProblem } {
  const body = asObject(parseJson(file));
  const isSingleNode = feedType === "inventory";
  const header = asObject(body?.[isSingleNode ? "InventoryHeader" : "inventoryHeader"]);
  const entries = asArray(body?.[isSingleNode ? "Inventory" : "inventory"]);
  const version = isSingleNode ? "1.4" : "1.5";
  if (!header || !entries) return unusable(`the file does not follow the ${feedType} spec ${version}`);
  if (header["version"] !== version) return unusable(`${feedType} needs version ${version}`);

  const rows = entries.map((entry) => readRow(entry, isSingleNode ? defaultNode : undefined));
  const size = rows.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return size > MAX_ROWS ? unusable(`more than ${MAX_ROWS} rows`) : { rows };
}

/** @param onlyNode where the row's own `quantity` belongs; undefined: the row lists its nodes. */
function readRow(entry: unknown, onlyNode: string | undefined): FeedRow {
  const row = asObject(entry);
  const nodes =
    onlyNode === undefined
      ? (asArray(row?.["shipNodes"]) ?? []).map((node) => {
          return readQuantity(node, asText(asObject(node)?.["shipNode"]) ?? "");
        })
      : [readQuantity(entry, onlyNode)];
  return { sku: asText(row?.["sku"]) ?? "", nodes, status: "INPROGRESS", problem: null };
}

function readQuantity(holder: unknown, shipNode: string) {
  const quantity = asObject(asObject(holder)?.["quantity"]);
  return { shipNode, unit: quantity?.["unit"], amount: quantity?.["amount"] };
}

function unusable(description: string): { readonly problem: FeedProblem } {
  return { problem: { code: "ERR_EXT_DATA_0503009", description } };
}
