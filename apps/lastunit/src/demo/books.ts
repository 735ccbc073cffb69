import type { SimulatedEvent } from "@lastunit/simulators";
import type { Account } from "./connect.ts";
import { keyOf, type SaleCount } from "./sale.ts";
import type { StockedSku } from "./scenario.ts";
import type { World } from "./world.ts";

/** What the ledger has available, by merchant and SKU. */
export async function availableUnits(world: World, stock: readonly StockedSku[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [merchantId, skus] of Map.groupBy(stock, (one) => one.merchantId)) {
    const answer = await world.ledger.stock(
      merchantId,
      skus.map((one) => one.sku),
    );
    for (const one of answer.stock) found.set(keyOf(merchantId, one.sku), one.available);
  }
  return found;
}

/**
 * Compares the ledger with the accounts of those who bought: units received, less checkouts paid, less channel orders that stand.
 * @returns a sentence for each SKU of which another number is available.
 */
export async function wrongBalances(
  world: World,
  accounts: readonly Account[],
  stock: readonly StockedSku[],
  count: SaleCount,
): Promise<string[]> {
  const sold = new Map(count.soldByCheckout);
  for (const { kind, account, merchantId } of accounts) {
    for (const [sku, units] of soldOnChannel(kind, await world.simulators[kind].history(account))) {
      const key = keyOf(merchantId, sku);
      sold.set(key, (sold.get(key) ?? 0) + units);
    }
  }
  const available = await availableUnits(world, stock);
  return stock.flatMap(({ merchantId, sku, units }) => {
    const key = keyOf(merchantId, sku);
    const [found, expected] = [available.get(key), units - (sold.get(key) ?? 0)];
    if (found === expected) return [];
    return [`${merchantId} ${sku}: ${found} available by the ledger, ${expected} by buyers and channels.`];
  });
}

function soldOnChannel(kind: string, history: readonly SimulatedEvent[]): Map<string, number> {
  const lines = new Map<string, readonly { sku: string; quantity: number }[]>();
  const sold = new Map<string, number>();
  const add = (sku: string, units: number) => sold.set(sku, (sold.get(sku) ?? 0) + units);
  for (const event of history) {
    if (event.type === "order_placed") {
      lines.set(event.orderId, event.lines);
      for (const line of event.lines) add(line.sku, line.quantity);
    } else if (event.type === "order_cancelled" && (event.restocked || kind !== "shopify")) {
      // Shopify alone says whether a cancelled order's units go back; elsewhere they were never shipped.
      for (const line of lines.get(event.orderId) ?? []) add(line.sku, -line.quantity);
    }
  }
  return sold;
}
