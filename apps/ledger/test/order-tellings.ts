import * as tell from "./told.ts";

/*
 * One order of a channel with a pending phase, as the worker tells of it. Webhooks, their redeliveries and the order
 * poller bring its states in any order and any number of times:
 *   P pending: reserve.   S sold: a sale that names the reservation, from where it was shipped.
 *   C cancelled: reserve and release as cancelled; where the ledger says it is sold by now, a return follows.
 */
export type State = "P" | "S" | "C";
const states = ["P", "S", "C"] as const;

/** Units that come to WH1 before the order. */
export const received = 10;
const quantity = 2;

export type Location = "WH1" | "WH2";

/** What is told of an order in each state, under ids that begin with its name. */
export function tellingsOf(order: string, soldFrom: Location) {
  const told = { reservationId: order, orderId: order };
  const pending = tell.hold(quantity, order, { eventId: `${order}:pending` });
  const release = tell.letGo(quantity, order, { ...tell.orderCancelled, eventId: `${order}:release` });
  return {
    P: [pending],
    S: [tell.sell(quantity, { ...told, locationId: soldFrom, eventId: `${order}:sale` })],
    C: [pending, release],
    /** What follows a cancellation of what is sold by now. */
    takenBack: tell.takeBack(quantity, {
      ...tell.orderCancelled,
      orderId: order,
      locationId: soldFrom,
      eventId: `${order}:cancel`,
    }),
  };
}

/** Every telling of up to `length` states: all orders and repetitions of every subset. */
export function sequences(length: number): State[][] {
  if (length === 0) return [];
  const shorter = sequences(length - 1);
  const longest = shorter.filter((one) => one.length === length - 1);
  const grown = (length === 1 ? [[]] : longest).flatMap((one) => states.map((state) => [...one, state]));
  return [...shorter, ...grown];
}

/** How it stands with an order: on hand and reserved at each location, and its reservation. */
export interface Standing {
  readonly stock: Readonly<Record<Location, { readonly onHand: number; readonly reserved: number }>>;
  readonly reservation: string | undefined;
}

/**
 * How it must stand once all is told: sold, cancelled, or pending still. What was sold, and cancelled then, is a sale that
 * was taken back.
 */
export function standingAfter(told: readonly State[], soldFrom: Location): Standing {
  const first = told.find((state) => state !== "P");
  const sold = told.includes("S") && !told.includes("C") ? quantity : 0;
  const onHand = (location: Location) => (location === "WH1" ? received : 0) - (location === soldFrom ? sold : 0);
  return {
    stock: {
      WH1: { onHand: onHand("WH1"), reserved: first === undefined ? quantity : 0 },
      WH2: { onHand: onHand("WH2"), reserved: 0 },
    },
    reservation: first === undefined ? "held" : first === "S" ? "committed" : "cancelled",
  };
}
