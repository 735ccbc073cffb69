import type { AccountSeed } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";

/** A published item at the seller's one ship node. */
export interface Item {
  readonly sku: string;
  readonly title: string;
  readonly price: number;
  readonly wpid: string;
  readonly upc: string;
  /** What the seller wrote last: everything there, units sold and not yet shipped included. */
  inputQty: number;
  /** Sold and not yet shipped. */
  reservedQty: number;
}

export function createItem(seed: AccountSeed["listings"][number], random: SeededRandom): Item {
  return {
    sku: seed.sku,
    title: seed.title ?? seed.sku,
    price: seed.price ?? 19.9,
    wpid: random.hex(12).toUpperCase(),
    upc: random.digits(12),
    inputQty: seed.quantity,
    reservedQty: 0,
  };
}

/** What a buyer can buy: input less reserved (Walmart docs: get and update item inventory per ship node). */
export function availableToSell({ inputQty, reservedQty }: Item): number {
  return Math.max(0, inputQty - reservedQty);
}

export function isQuantity(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
