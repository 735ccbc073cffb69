import type { SimulatedStock } from "../simulator.ts";
import type { History } from "./history.ts";

export interface StockLine {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * What an account's buyers can buy. Every change is made in one synchronous step, so that two buyers, or a buyer
 * and a quantity write, can never meet half way.
 */
export interface Stock {
  list(): readonly SimulatedStock[];
  find(sku: string): SimulatedStock | undefined;
  /** The channel took a quantity write: sets it and records `quantity_written`. Throws on an unknown SKU. */
  write(sku: string, quantity: number): void;
  /** Takes every line or none; lines that name the same SKU count together. False: sold out, nothing changed. */
  take(lines: readonly StockLine[]): boolean;
  /** Puts units back. */
  give(lines: readonly StockLine[]): void;
}

export function createStock(account: string, items: readonly SimulatedStock[], history: History): Stock {
  const bySku = new Map(items.map((item) => [item.sku, item]));
  if (bySku.size < items.length) throw new Error(`account ${account}: a SKU is listed twice`);

  function item(sku: string): SimulatedStock {
    const found = bySku.get(sku);
    if (!found) throw new Error(`account ${account} has no listing with SKU ${sku}`);
    return found;
  }

  function change(lines: readonly StockLine[], sign: 1 | -1): void {
    for (const [sku, quantity] of totals(lines)) {
      const before = item(sku);
      bySku.set(sku, { ...before, available: before.available + sign * quantity });
    }
  }

  return {
    list: () => [...bySku.values()],
    find: (sku) => bySku.get(sku),
    write(sku, quantity) {
      const before = item(sku);
      bySku.set(sku, { ...before, available: quantity });
      const { locationId, available: from } = before;
      history.record({ type: "quantity_written", account, sku, locationId, from, to: quantity });
    },
    take(lines) {
      const wanted = [...totals(lines)];
      if (wanted.some(([sku, quantity]) => item(sku).available < quantity)) return false;
      change(lines, -1);
      return true;
    },
    give: (lines) => change(lines, 1),
  };
}

/** Units wanted by SKU. @throws when a quantity is not a whole number of at least 1. */
function totals(lines: readonly StockLine[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1) throw new Error(`SKU ${sku}: a line needs 1 unit or more`);
    units.set(sku, (units.get(sku) ?? 0) + quantity);
  }
  return units;
}
