import type { OrderSnapshot } from "@lastunit/adapter-contract";

/** How far a channel's clock may lag behind ours; some channels also cut their times to whole seconds. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Whether an order was placed before its channel was connected. The merchant's counted stock has it already: the order,
 * and whatever is cancelled or returned of it later, would be taken off or put back a second time.
 *
 * The two times come from two clocks. In the minute before the connection the doubt goes to recording: a sale counted
 * twice shows a unit too few until the next count, a sale left out sells a unit twice.
 */
export function isFromBeforeConnection(order: OrderSnapshot, connectedAt: Date): boolean {
  return Date.parse(order.placedAt) < connectedAt.getTime() - CLOCK_MARGIN_MS;
}
