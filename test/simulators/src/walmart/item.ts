import type { AccountSeed } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { createPrices, type Prices } from "./promotion.ts";

/** A published item. */
export interface Item {
  readonly sku: string;
  readonly title: string;
  readonly wpid: string;
  readonly gtin: string;
  readonly prices: Prices;
  /** Walmart keeps and ships it (WFS): its quantity can't be read or written as the seller's. */
  readonly isFulfilledByWalmart: boolean;
  /** By ship node, only those that hold it. */
  readonly nodes: Map<string, NodeQuantity>;
}

/** Two of the three numbers of an item at a node; the third is what is left of them. */
export interface NodeQuantity {
  /** What the seller wrote last: everything there, units sold and not yet shipped included. */
  inputQty: number;
  /** Sold and not yet shipped. */
  reservedQty: number;
}

/** An item at one node. */
export function createItem(seed: AccountSeed["listings"][number], shipNode: string, random: SeededRandom): Item {
  return {
    sku: seed.sku,
    title: seed.title ?? seed.sku,
    wpid: random.hex(12).toUpperCase(),
    gtin: seed.barcode ?? `00${random.digits(12)}`,
    prices: createPrices(seed.price ?? 19.9),
    isFulfilledByWalmart: seed.fulfilledByChannel ?? false,
    nodes: new Map([[shipNode, { inputQty: seed.quantity, reservedQty: 0 }]]),
  };
}

/** What a buyer can buy at a node: input less reserved (Walmart docs: get and update item inventory per ship node). */
export function availableAt({ inputQty, reservedQty }: NodeQuantity): number {
  return Math.max(0, inputQty - reservedQty);
}

/** What a buyer can buy, wherever it is. */
export function availableToSell({ nodes }: Item): number {
  return [...nodes.values()].reduce((sum, node) => sum + availableAt(node), 0);
}

export function isQuantity(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
