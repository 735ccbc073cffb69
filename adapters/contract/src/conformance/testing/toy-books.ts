import type { OrderLine, OrderSnapshot, Reversal } from "../../orders.ts";
import type { Money } from "../../prices.ts";
import type { ConformanceLine, ConformanceListing } from "../harness.ts";

/** Beyond 2^53, as Shopify's are. */
const FIRST_ORDER_ID = 9_007_199_254_740_993n;

export interface ToyItem {
  readonly sku: string;
  readonly barcode: string | null;
  /** What a buyer can buy. */
  available: number;
  /** Sold and not shipped yet. */
  unshipped: number;
  price: Money;
  sale: Money | null;
}

interface ToyOrder {
  readonly placedAt: string;
  readonly lines: { readonly sku: string; readonly quantity: number; back: Reversal[] }[];
  state: OrderLine["state"];
  /** Number of the order's newest change among all changes. */
  change: number;
}

/** What the toy channel knows of stock and orders, and what buyers and merchants do to it. */
export class ToyBooks {
  readonly items: ReadonlyMap<string, ToyItem>;
  readonly #orders = new Map<string, ToyOrder>();
  /** Called with each order that has changed. */
  onChange: (order: OrderSnapshot) => void = () => undefined;
  #changes = 0;

  constructor(listings: readonly ConformanceListing[]) {
    this.items = new Map(
      listings.map(({ sku, quantity, barcode = null }) => [
        sku,
        { sku, barcode, available: quantity, unshipped: 0, price: { amount: "10.00", currency: "USD" }, sale: null },
      ]),
    );
  }

  item(sku: string): ToyItem {
    const found = this.items.get(sku);
    if (!found) throw new Error(`there is no ${sku}`);
    return found;
  }

  place(lines: readonly ConformanceLine[], state: "pending" | "sold"): string {
    const orderId = String(FIRST_ORDER_ID + BigInt(this.#orders.size));
    for (const { sku, quantity } of lines) this.#move(sku, -quantity, quantity);
    const order = { placedAt: now(), lines: lines.map((line) => ({ ...line, back: [] })), state };
    this.#orders.set(orderId, { ...order, change: 0 });
    this.#changed(orderId);
    return orderId;
  }

  settle(orderId: string): void {
    this.#order(orderId).state = "sold";
    this.#changed(orderId);
  }

  /** The toy has a pending phase, so a cancelled order does not say whether it had stood in between. */
  cancel(orderId: string): void {
    const order = this.#order(orderId);
    order.state = "cancelled_pending";
    for (const { sku, quantity } of order.lines) this.#move(sku, quantity, -quantity);
    this.#changed(orderId);
  }

  cancelUnits(orderId: string, { sku, quantity }: ConformanceLine): void {
    for (let unit = 0; unit < quantity; unit += 1) {
      const { back } = this.#line(orderId, sku);
      back.push({ ...reversal(`cancel:unit:${back.length + 1}`, 1), reason: "order_cancelled" });
      this.#move(sku, 1, -1);
    }
    this.#changed(orderId);
  }

  refund(orderId: string, { sku, quantity, restock }: ConformanceLine & { readonly restock: boolean }): void {
    const { back } = this.#line(orderId, sku);
    if (restock) {
      back.push({ ...reversal(`refund:${back.length + 1}`, quantity), reason: "order_returned" });
      this.#move(sku, quantity, -quantity);
    }
    this.#changed(orderId);
  }

  ship(orderId: string): void {
    for (const { sku, quantity } of this.#order(orderId).lines) this.#move(sku, 0, -quantity);
    this.#changed(orderId);
  }

  /** Orders that changed after that change, oldest first, each as it is now. */
  changedSince(change: number): readonly { readonly change: number; readonly order: OrderSnapshot }[] {
    return [...this.#orders]
      .filter(([, order]) => order.change > change)
      .map(([orderId, order]) => ({ change: order.change, order: snapshotOf(orderId, order) }))
      .toSorted((a, b) => a.change - b.change);
  }

  #move(sku: string, available: number, unshipped: number): void {
    const item = this.item(sku);
    item.available += available;
    item.unshipped += unshipped;
  }

  #order(orderId: string): ToyOrder {
    const found = this.#orders.get(orderId);
    if (!found) throw new Error(`there is no order ${orderId}`);
    return found;
  }

  #line(orderId: string, sku: string) {
    const found = this.#order(orderId).lines.find((line) => line.sku === sku);
    if (!found) throw new Error(`order ${orderId} has no ${sku}`);
    return found;
  }

  #changed(orderId: string): void {
    const order = this.#order(orderId);
    order.change = this.#changes += 1;
    this.onChange(snapshotOf(orderId, order));
  }
}

function snapshotOf(orderId: string, { placedAt, lines, state }: ToyOrder): OrderSnapshot {
  return {
    orderId,
    placedAt,
    lines: lines.map(({ sku, quantity, back }, index) => ({
      lineId: String(index + 1),
      item: { refs: [`ref:${sku}`], sku },
      externalLocationId: "W1",
      quantity,
      state,
      reversals: [...back],
    })),
  };
}

function reversal(key: string, quantity: number) {
  return { key, quantity, externalLocationId: null, occurredAt: now() };
}

let lastMs = 0;

/** No two things happen at the same time, so that two of them can be told apart. */
function now(): string {
  lastMs = Math.max(lastMs + 1, Date.now());
  return new Date(lastMs).toISOString();
}
