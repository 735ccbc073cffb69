import { ChannelError } from "@lastunit/adapter-contract";

/** Units to write of one SKU at one ship node. */
export interface FeedRow {
  readonly sku: string;
  readonly shipNode: string;
  readonly amount: number;
}

/** Several nodes in one file, JSON only (Walmart docs: "Update inventory in bulk", spec 1.5). */
export const FEED_TYPE = "MP_INVENTORY";
/** Walmart's limit is one megabyte; which of the two it means is not said. */
const MAX_BYTES = 1_000_000;

/**
 * The file of a feed. Its keys are lower case: with the capitals of spec 1.4 Walmart takes it and then fails the whole.
 * @throws {ChannelError} `rejected` when it is larger than Walmart takes.
 */
export function feedFile(rows: readonly FeedRow[]): string {
  const bySku = Map.groupBy(rows, ({ sku }) => sku);
  const inventory = [...bySku].map(([sku, nodes]) => ({
    sku,
    shipNodes: nodes.map(({ shipNode, amount }) => ({ shipNode, quantity: { unit: "EACH", amount } })),
  }));
  const file = JSON.stringify({ inventoryHeader: { version: "1.5" }, inventory });
  if (Buffer.byteLength(file) > MAX_BYTES) {
    throw new ChannelError("rejected", "The feed is larger than Walmart takes", { code: "feed_too_large" });
  }
  return file;
}

/** How our feed of one call is called, so that it is found again when the answer was lost. */
export function feedFileName(idempotencyKey: string): string {
  return `lastunit-${idempotencyKey}.json`;
}
