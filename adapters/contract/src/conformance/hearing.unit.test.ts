import { hearing } from "./hearing.ts";
import { asNumber, lines, orders, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(hearing, [
  {
    does: "reads the first line of an order",
    how: orders((order) => ({ ...order, lines: order.lines.slice(0, 1) })),
    turnsRed: ["polls an order once it is placed, with every line"],
  },
  {
    does: "dates an order by when it asked",
    how: (adapter, toy) => {
      let asked = 0;
      return orders((order) => ({ ...order, placedAt: new Date((asked += 1)).toISOString() }))(adapter, toy);
    },
    turnsRed: ["polls the same order again from the same cursor, also in another process"],
  },
  {
    does: "starts with what sells from its first poll on",
    how: session((whole) => ({
      async pollOrders(from, call) {
        const page = await whole.pollOrders(from, call);
        return typeof from === "string" ? page : { ...page, orders: [] };
      },
    })),
    turnsRed: ["hears orders placed after connecting, however late the first poll"],
  },
  {
    does: "goes on with a window and takes it for one that ends now",
    how: (adapter, toy) => {
      let window: readonly string[] | undefined;
      return session((whole) => ({
        async pollOrders(...args) {
          const page = await whole.pollOrders(...args);
          if (page.more) window ??= toy.books.changedSince(0).map(({ order }) => order.orderId);
          return { ...page, orders: page.orders.filter(({ orderId }) => window?.includes(orderId) ?? true) };
        },
      }))(adapter, toy);
    },
    turnsRed: ["claims of a window that another process goes on with no more than its end"],
  },
  {
    does: "tells another order by webhook than by polling",
    how: session((whole) => ({
      async normalize(...args) {
        const facts = await whole.normalize(...args);
        return { ...facts, orders: facts.orders.map((order) => ({ ...order, placedAt: new Date(0).toISOString() })) };
      },
    })),
    turnsRed: ["gives equal snapshots of an order it was told of and of the same order polled"],
  },
  {
    does: "reads SKUs as numbers",
    how: lines((line) => ({ ...line, item: { ...line.item, sku: asNumber(line.item.sku ?? "") } })),
    turnsRed: ["leaves SKUs that look like something else as they are, when told and when polled"],
  },
  {
    does: "names lines by SKU alone",
    how: lines((line) => ({ ...line, item: { ...line.item, refs: [] } })),
    turnsRed: ["names each line's listing by the reference that the import noted"],
  },
  {
    does: "reads order ids as numbers",
    how: orders((order) => ({ ...order, orderId: String(Number(order.orderId)) })),
    turnsRed: ["keeps ids beyond 2^53 to the last digit, when told and when polled"],
  },
  {
    does: "takes its own write for a sale",
    how: session((whole) => ({
      async normalize(...args) {
        const facts = await whole.normalize(...args);
        const movements = facts.signals.flatMap((signal) =>
          signal.type === "quantity_shown"
            ? [
                {
                  key: "echo",
                  eventType: "inventory.sale" as const,
                  sku: signal.externalId,
                  externalLocationId: null,
                  quantity: 1,
                  occurredAt: signal.occurredAt,
                },
              ]
            : [],
        );
        return { ...facts, movements };
      },
    })),
    turnsRed: ["never takes the channel's echo of our own writes for a sale"],
  },
  {
    does: "takes a cancelled order for one that was sold",
    how: lines((line) => (line.state === "cancelled_pending" ? { ...line, state: "sold" } : line)),
    turnsRed: [
      "takes back each unit of a cancelled order once, when polled and when told",
      "does not tell a pending order that was cancelled as sold",
    ],
  },
  {
    does: "names what came back by its number in the answer",
    how: lines((line) => ({
      ...line,
      reversals: line.reversals.map((one, index) => ({ ...one, key: `back:${line.reversals.length - index}` })),
    })),
    turnsRed: ["takes back the units that were cancelled, and no others, with the quantity as it was ordered"],
  },
  {
    does: "takes back a unit too many",
    how: lines((line) => ({
      ...line,
      reversals: line.reversals.map((one) => ({ ...one, quantity: one.quantity + 1 })),
    })),
    turnsRed: ["takes back the refunded units that went back to stock, and no others"],
  },
  {
    does: "takes a pending order for a sale",
    how: lines((line) => (line.state === "pending" ? { ...line, state: "sold" } : line)),
    turnsRed: ["tells a pending order as pending, and as sold once it stands"],
  },
  {
    does: "says that the channel restocks, and it does not",
    how: (adapter, toy) => {
      toy.books.cancel = () => undefined;
      return adapter;
    },
    turnsRed: ["finds a cancelled order's units back on the listing, where the adapter says so"],
  },
]);
