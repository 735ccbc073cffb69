import { setTimeout as delay } from "node:timers/promises";
import { sold, type Product } from "../product.ts";
import type { Catalog } from "./catalog.ts";

const TICK_MS = 100;
const EVENTS_PER_CALL = 1_000;

/** Sells one unit of each SKU in turn. */
export interface Seller {
  /** So many at once. */
  sell(sales: number): Promise<void>;
  /** So many a second, until the signal aborts or `sales` are made. */
  sellOn(perSecond: number, until: { readonly signal?: AbortSignal; readonly sales?: number }): Promise<void>;
}

export function createSeller({ ledger }: Product, { merchantId, skus }: Pick<Catalog, "merchantId" | "skus">): Seller {
  let made = 0;

  async function sell(sales: number): Promise<void> {
    for (const end = made + sales; made < end;) {
      const first = made;
      const count = Math.min(end - first, EVENTS_PER_CALL);
      made += count;
      const events = Array.from({ length: count }, (_, index) => {
        const sale = first + index;
        return sold(skus[sale % skus.length] ?? "", String(sale));
      });
      await ledger.append(merchantId, events);
    }
  }

  return {
    sell,
    async sellOn(perSecond, until) {
      const { sales = Number.POSITIVE_INFINITY } = until;
      const before = made;
      const started = performance.now();
      while (!until.signal?.aborted && made - before < sales) {
        await delay(TICK_MS);
        const due = Math.floor(((performance.now() - started) / 1_000) * perSecond);
        await sell(Math.max(0, Math.min(due, sales) - (made - before)));
      }
    },
  };
}
