import type { Asked, Balance, Reservation, ReservationLine, ReservationState, StockEvent } from "./types.ts";

/** Applies one recorded fact to the balance at its location. Never throws, never decides: history is not up for debate. */
export function evolveBalance(balance: Balance, event: StockEvent): Balance {
  return {
    onHand: balance.onHand + event.onHandChange,
    reserved: balance.reserved + event.reservedChange,
  };
}

/** Applies a transfer to the balance at its destination. */
export function evolveDestination(balance: Balance, transfer: StockEvent): Balance {
  return { onHand: balance.onHand - transfer.onHandChange, reserved: balance.reserved };
}

/** Applies one recorded fact to the reservation it names. */
export function evolveReservation(reservation: Reservation | undefined, event: StockEvent): Reservation | undefined {
  switch (event.eventType) {
    case "inventory.reserve":
      return reserved(reservation, event);
    case "inventory.sale":
      return reservation ? ended(reservation, event, "committed") : soldUnreserved(event);
    case "inventory.release":
      return reservation && ended(reservation, event, releasedAs(event.reason));
    case "inventory.receiving":
    case "inventory.return":
    case "inventory.adjustment":
    case "inventory.transfer":
      return reservation;
  }
}

/** The reasons by which a release says how its reservation ended. */
export const releaseReasons = {
  expired: "expired",
  orderCancelled: "order_cancelled",
  soldElsewhere: "sold_elsewhere",
} as const;

function releasedAs(reason: string | null): ReservationState {
  if (reason === releaseReasons.expired) return "expired";
  if (reason === releaseReasons.soldElsewhere) return "committed";
  return reason === releaseReasons.orderCancelled ? "cancelled" : "released";
}

function reserved(before: Reservation | undefined, event: StockEvent): Reservation {
  const line: ReservationLine = {
    sku: event.sku,
    locationId: event.locationId,
    quantity: event.reservedChange,
    open: event.reservedChange,
  };
  return {
    state: "held",
    lines: [...(before?.lines ?? []), line],
    expiresAt: before ? before.expiresAt : event.expiresAt,
    orderId: before?.orderId ?? event.orderId,
    source: before?.source ?? event.source,
    asked: before ? before.asked : askedBy(event),
  };
}

/** Only a `Reserve` makes reservations that expire. */
function askedBy({ expiresAt, occurredAt, orderId, source }: StockEvent): Asked | null {
  return expiresAt === null ? null : { ttlMs: expiresAt - occurredAt, orderId, source };
}

/** A sale named a reservation nobody made: remember it as committed, so that the reserve, when it comes late, is refused. */
function soldUnreserved(event: StockEvent): Reservation {
  const quantity = Math.abs(event.onHandChange);
  return {
    state: "committed",
    lines: [{ sku: event.sku, locationId: event.locationId, quantity, open: 0 }],
    expiresAt: null,
    orderId: event.orderId,
    source: event.source,
    asked: null,
  };
}

function ended(before: Reservation, event: StockEvent, as: ReservationState): Reservation {
  if (before.state !== "held" || event.reservedChange === 0) return before;
  let left = -event.reservedChange;
  const lines = before.lines.map((line) => {
    if (line.sku !== event.sku || line.locationId !== event.locationId) return line;
    const taken = Math.min(line.open, left);
    left -= taken;
    return { ...line, open: line.open - taken };
  });
  const isOver = lines.every((line) => line.open === 0);
  return { ...before, lines, state: isOver ? as : "held", orderId: event.orderId ?? before.orderId };
}

/** Units of the reservation still reserved for this SKU at this location. */
export function openUnits(reservation: Reservation | undefined, sku: string, locationId: string): number {
  if (reservation?.state !== "held") return 0;
  return reservation.lines
    .filter((line) => line.sku === sku && line.locationId === locationId)
    .reduce((sum, line) => sum + line.open, 0);
}
