import type { OrderLine, OrderSnapshot } from "../orders.ts";

/** Lines and reversals by their names: their order means nothing. */
export function sorted(order: OrderSnapshot): OrderSnapshot {
  const lines = order.lines.map((line) => ({
    ...line,
    reversals: line.reversals.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  }));
  return { ...order, lines: lines.toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1)) };
}

export function unitsBack({ reversals }: OrderLine): number {
  return reversals.reduce((sum, one) => sum + one.quantity, 0);
}

/** Cancelled to the last unit, no reversal named twice. */
export function isWhollyTakenBack(order: OrderSnapshot): boolean {
  return order.lines.every((line) => {
    const keys = new Set(line.reversals.map(({ key }) => key));
    return (
      keys.size === line.reversals.length && (line.state === "cancelled_pending" || unitsBack(line) === line.quantity)
    );
  });
}
