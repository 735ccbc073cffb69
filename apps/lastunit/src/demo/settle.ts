import { setTimeout as delay } from "node:timers/promises";
import { availableUnits } from "./books.ts";
import type { Account } from "./connect.ts";
import { keyOf } from "./sale.ts";
import { scenario, shownOf, type StockedSku } from "./scenario.ts";
import type { World } from "./world.ts";

/** How far the channels are from the ledger: listings whose buyers see exactly what is available. */
export interface Convergence {
  readonly listings: number;
  readonly inSync: number;
  readonly byKind: ReadonlyMap<string, { readonly listings: number; readonly inSync: number }>;
}

/** Compares what buyers can buy on each simulator with the ledger's numbers. */
export async function measureConvergence(
  world: World,
  accounts: readonly Account[],
  stock: readonly StockedSku[],
): Promise<Convergence> {
  const available = await availableUnits(world, stock);
  const byKind = new Map<string, { listings: number; inSync: number }>();
  for (const { kind, account, merchantId } of accounts) {
    const shown = await world.simulators[kind].stock(account);
    const counted = byKind.get(kind) ?? { listings: 0, inSync: 0 };
    counted.listings += shown.length;
    counted.inSync += shown.filter(
      (one) => one.available === shownOf(available.get(keyOf(merchantId, one.sku)) ?? 0),
    ).length;
    byKind.set(kind, counted);
  }
  const all = [...byKind.values()];
  return {
    byKind,
    listings: all.reduce((sum, one) => sum + one.listings, 0),
    inSync: all.reduce((sum, one) => sum + one.inSync, 0),
  };
}

/**
 * Waits until every channel shows the ledger's numbers and nothing is on its way any more.
 *
 * @param isSettled further conditions, asked before convergence is measured.
 * @returns whether it came true within the scenario's time.
 */
export async function settle(options: {
  readonly measure: () => Promise<Convergence>;
  readonly isSettled: () => Promise<boolean>;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const deadline = Date.now() + scenario.settleMs;
  while (!options.signal.aborted && Date.now() < deadline) {
    // Asked first: it asks for the polls that find lost orders, without which a channel may never be in sync.
    const isSettled = await options.isSettled();
    const { inSync, listings } = await options.measure();
    if (isSettled && inSync === listings) return true;
    await delay(100);
  }
  return false;
}
