import type { ChannelAccount, Kit } from "../kit/index.ts";
import type { SimulatedStock } from "../simulator.ts";
import { gid } from "./gids.ts";

type Stock = ChannelAccount["stock"];

interface StockLine {
  readonly sku: string;
  readonly quantity: number;
}

/** Units of a SKU taken at one of the shop's locations. */
export interface TakenLine extends StockLine {
  readonly locationId: string;
}

/**
 * What a shop's buyers can buy, by SKU and location. A line is taken whole at the first location that has enough, in the
 * order of the shop's locations; Shopify's own routing may also split a line, which is not simulated. What the shop does
 * not track is never sold out, and its number never moves.
 */
export interface LocatedStock extends Stock {
  /** Undefined: not stocked there. */
  at(sku: string, locationId: string): number | undefined;
  /** A quantity write, recorded as such. Stocks the SKU there. */
  writeAt(sku: string, locationId: string, available: number): void;
  /** Stocks the SKU there with so many units; null: with as many as when it was last stocked there, else none. */
  activate(sku: string, locationId: string, available: number | null): void;
  deactivate(sku: string, locationId: string): void;
  /** Takes one line at one location. False: sold out there. */
  takeAt(line: TakenLine): boolean;
  giveAt(line: TakenLine): void;
  /** Where the last `take` took its lines. */
  lastTaken(): readonly TakenLine[];
}

interface StockedItem {
  readonly sku: string;
  readonly externalId: string;
  readonly isTracked: boolean;
  /** Available units by location, in the order of the shop's locations. */
  readonly levels: Map<string, number>;
  /** What was available at locations that do not stock it any more. */
  readonly retained: Map<string, number>;
}

export function createLocatedStock(
  shop: {
    readonly account: string;
    readonly locationIds: readonly string[];
    readonly history: Kit<ChannelAccount>["history"];
  },
  seeds: readonly (Omit<StockedItem, "levels" | "retained"> & { readonly available: number })[],
): LocatedStock {
  const { account, locationIds, history } = shop;
  const [mainLocation = ""] = locationIds;
  const items = new Map(
    seeds.map(({ available, ...seed }): [string, StockedItem] => [
      seed.sku,
      { ...seed, levels: new Map([[mainLocation, available]]), retained: new Map() },
    ]),
  );
  if (items.size < seeds.length) throw new Error(`account ${account}: a SKU is listed twice`);
  let taken: readonly TakenLine[] = [];

  function item(sku: string): StockedItem {
    const found = items.get(sku);
    if (!found) throw new Error(`account ${account} has no listing with SKU ${sku}`);
    return found;
  }

  function rowsOf({ sku, externalId, levels }: StockedItem): readonly SimulatedStock[] {
    return locationIds.flatMap((id) => {
      const available = levels.get(id);
      return available === undefined ? [] : [{ sku, externalId, locationId: gid("Location", id), available }];
    });
  }

  function change({ sku, quantity, locationId }: TakenLine, sign: 1 | -1): void {
    const { isTracked, levels } = item(sku);
    if (isTracked) levels.set(locationId, (levels.get(locationId) ?? 0) + sign * quantity);
  }

  function writeAt(sku: string, locationId: string, available: number): void {
    const { levels, isTracked } = item(sku);
    const from = levels.get(locationId) ?? 0;
    const to = isTracked ? available : from;
    levels.set(locationId, to);
    history.record({ type: "quantity_written", account, sku, locationId: gid("Location", locationId), from, to });
  }

  function placeFor({ sku, quantity }: StockLine): string | undefined {
    const { isTracked, levels } = item(sku);
    if (!isTracked) return mainLocation;
    return locationIds.find((id) => (levels.get(id) ?? 0) >= quantity);
  }

  return {
    list: () => [...items.values()].flatMap(rowsOf),
    find: (sku) => rowsOf(item(sku))[0],
    write: (sku, quantity) => writeAt(sku, mainLocation, quantity),
    take(lines) {
      const done: TakenLine[] = [];
      for (const line of lines) {
        if (!Number.isSafeInteger(line.quantity) || line.quantity < 1)
          throw new Error(`SKU ${line.sku}: a line needs 1 unit or more`);
        const locationId = placeFor(line);
        if (locationId === undefined) {
          for (const each of done) change(each, 1);
          return false;
        }
        done.push({ ...line, locationId });
        change({ ...line, locationId }, -1);
      }
      taken = done;
      return true;
    },
    give(lines) {
      for (const line of lines) change({ ...line, locationId: mainLocation }, 1);
    },
    at: (sku, locationId) => item(sku).levels.get(locationId),
    writeAt,
    activate(sku, locationId, available) {
      const { levels, retained } = item(sku);
      if (!levels.has(locationId)) levels.set(locationId, available ?? retained.get(locationId) ?? 0);
    },
    deactivate(sku, locationId) {
      const { levels, retained } = item(sku);
      const available = levels.get(locationId);
      if (available !== undefined) retained.set(locationId, available);
      levels.delete(locationId);
    },
    takeAt(line) {
      const { isTracked, levels } = item(line.sku);
      if (isTracked && (levels.get(line.locationId) ?? 0) < line.quantity) return false;
      change(line, -1);
      return true;
    },
    giveAt: (line) => change(line, 1),
    lastTaken: () => taken,
  };
}
