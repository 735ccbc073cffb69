import type { Commit, Expire, RecordEvent, Release, Reserve } from "../src/domain/commands.ts";

/*
 * Commands as tests tell them: of merchant "acme", SKU "A" at "WH1" unless said otherwise. A told event's id is its
 * own unless said otherwise, so telling a command twice means telling the same object twice.
 */

export const merchantId = "acme";

/** A checkout's reservation lasts this long unless said otherwise. */
export const ttlMs = 60_000;

type Told = Partial<Omit<RecordEvent, "type" | "eventType" | "quantity">>;

let ids = 0;

function told(eventType: RecordEvent["eventType"], quantity: number | null, more: Told): RecordEvent {
  ids += 1;
  return {
    type: "RecordEvent",
    merchantId,
    eventId: `told:${ids}`,
    eventType,
    sku: "A",
    locationId: "WH1",
    toLocationId: null,
    quantity,
    setOnHand: null,
    reservationId: null,
    orderId: null,
    reason: null,
    source: "test",
    occurredAt: 0,
    policy: "record",
    ...more,
  };
}

export const receive = (quantity: number, more: Told = {}) => told("inventory.receiving", quantity, more);
export const sell = (quantity: number, more: Told = {}) => told("inventory.sale", quantity, more);
export const takeBack = (quantity: number, more: Told = {}) => told("inventory.return", quantity, more);
export const adjust = (change: number, more: Told = {}) => told("inventory.adjustment", change, more);
export const count = (setOnHand: number, more: Told = {}) => told("inventory.adjustment", null, { ...more, setOnHand });
export const transfer = (quantity: number, toLocationId: string, more: Told = {}) =>
  told("inventory.transfer", quantity, { ...more, toLocationId });
/** A pending order's hold, which has no expiry. */
export const hold = (quantity: number, reservationId: string | null, more: Told = {}) =>
  told("inventory.reserve", quantity, { ...more, reservationId });
/** Ends a hold by an event; of all that is open when `quantity` is null. */
export const letGo = (quantity: number | null, reservationId: string, more: Told = {}) =>
  told("inventory.release", quantity, { ...more, reservationId });
export const orderCancelled = { reason: "order_cancelled" } as const;

/** One line of a cart. */
export const line = (quantity: number, sku = "A", locationId = "WH1") => ({ sku, locationId, quantity });

export function reserve(reservationId: string, lines: Reserve["lines"], more: Partial<Reserve> = {}): Reserve {
  return { type: "Reserve", merchantId, reservationId, lines, ttlMs, orderId: null, source: "checkout", ...more };
}
export const commit = (reservationId: string, orderId: string | null = null): Commit => ({
  type: "Commit",
  merchantId,
  reservationId,
  orderId,
});
export const release = (reservationId: string): Release => ({ type: "Release", merchantId, reservationId });
export const expire = (reservationId: string): Expire => ({ type: "Expire", merchantId, reservationId });
