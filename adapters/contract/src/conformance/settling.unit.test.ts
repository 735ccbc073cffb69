import type { OrderLine } from "../orders.ts";
import { settling } from "./settling.ts";
import { lines, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

/** One reversal of all units, where the channel's other word names each unit. */
function cancelledAsOne(line: OrderLine): OrderLine {
  if (line.state !== "cancelled_pending") return line;
  const all = { key: "cancel:all", quantity: line.quantity, externalLocationId: null } as const;
  return {
    ...line,
    state: "sold",
    reversals: [{ ...all, reason: "order_cancelled", occurredAt: "2026-03-15T14:22:03.412Z" }],
  };
}

turnsRedFor(settling, [
  {
    does: "forgets that a cancelled order was pending",
    how: lines((line) => (line.state === "cancelled_pending" ? { ...line, state: "sold" } : line)),
    turnsRed: [
      "comes to the same whatever the order and number of its tellings, from the buyer's click to a cancellation",
    ],
  },
  {
    does: "names the units of a cancelled order otherwise when it polls",
    how: session((whole) => ({
      async pollOrders(...args) {
        const page = await whole.pollOrders(...args);
        return { ...page, orders: page.orders.map((order) => ({ ...order, lines: order.lines.map(cancelledAsOne) })) };
      },
    })),
    turnsRed: [
      "comes to the same whatever the order and number of its tellings, from the buyer's click to a cancellation",
    ],
  },
  {
    does: "lowers the quantity of a line instead of telling what came back",
    how: lines((line) => ({ ...line, quantity: line.quantity - line.reversals.length, reversals: [] })),
    turnsRed: ["comes to the same whatever the order and number of its tellings, when units of it come back"],
  },
]);
