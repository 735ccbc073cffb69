import type { RecordEvent } from "./commands.ts";
import { openUnits, releaseReasons } from "./evolve.ts";
import { RESERVED_EVENT_ID_PREFIX } from "./event-ids.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { availableOf, type Books, type RecordedEvent, type Reservation, type StockEvent } from "./types.ts";

/** What becomes of one reported event. */
export type EventDecision =
  | {
      readonly event: StockEvent;
      /** For a sale: what its reservation held elsewhere, given back by events that come before it. */
      readonly releases?: readonly StockEvent[];
    }
  | { readonly duplicateOf: RecordedEvent }
  | { readonly refusal: Refusal };

/**
 * Decides on one reported event. A repeat is recognized by its id and answered with the first outcome; under `record`
 * everything else is a fact and recorded, even below zero (docs/design: a marketplace sale is a fact).
 */
export function decideEvent(command: RecordEvent, books: Books): EventDecision {
  const known = books.recorded(command.merchantId, command.eventId);
  if (known) return repeated(command, known);
  switch (command.eventType) {
    case "inventory.receiving":
    case "inventory.return":
      return { event: eventOf(command, command.quantity ?? 0, 0) };
    case "inventory.sale":
      return sell(command, books);
    case "inventory.adjustment":
      return adjust(command, books);
    case "inventory.transfer":
      return enforced(command, books, eventOf(command, -(command.quantity ?? 0), 0));
    case "inventory.reserve":
      return hold(command, books);
    case "inventory.release":
      return release(command, books);
  }
}

/**
 * Fields that make an event what it is, and what callers call them. When and by whom it was told may differ between two
 * tellings of one fact.
 */
const identity = [
  ["eventType", "event_type"],
  ["sku", "sku"],
  ["locationId", "location_id"],
  ["toLocationId", "to_location_id"],
  ["quantity", "quantity"],
  ["setOnHand", "set_on_hand"],
  ["reservationId", "reservation_id"],
  ["orderId", "order_id"],
] as const;

function repeated(command: RecordEvent, known: RecordedEvent): EventDecision {
  const now = { ...command, reservationId: reservationIdOf(command) };
  const different = identity.filter(([field]) => now[field] !== known[field]);
  if (different.length === 0) return { duplicateOf: known };
  const told = different.map(([field, name]) => `${name} ${known[field] ?? "none"}, not ${now[field] ?? "none"}`);
  return refuse(
    "idempotency_conflict",
    `Event id ${command.eventId} was recorded at position ${known.position} with ${told.join("; ")}.`,
    { position: known.position, fields: different.map(([, name]) => name) },
  );
}

/** A reserve that names no reservation is one of its own. */
function reservationIdOf(command: RecordEvent): string | null {
  return command.eventType === "inventory.reserve" ? (command.reservationId ?? command.eventId) : command.reservationId;
}

function sell(command: RecordEvent, books: Books): EventDecision {
  const quantity = command.quantity ?? 0;
  const reservation = command.reservationId ? books.reservation(command.merchantId, command.reservationId) : undefined;
  if (reservation?.state === "cancelled") {
    return refuse("reservation_cancelled", `The order of reservation ${command.reservationId} was cancelled already.`, {
      reservation_id: command.reservationId,
      state: reservation.state,
    });
  }
  const consumed = Math.min(quantity, openUnits(reservation, command.sku, command.locationId));
  const decision = enforced(command, books, eventOf(command, -quantity, -consumed));
  if (!reservation || !("event" in decision) || consumed === quantity) return decision;
  return { ...decision, releases: releasesElsewhere(command, reservation, quantity - consumed) };
}

/**
 * The units were held where the order was expected to ship from, and shipped from another place: they are sold here, and
 * no longer reserved there. One release a location, in the order the reservation names them.
 */
function releasesElsewhere(sale: RecordEvent, reservation: Reservation, units: number): StockEvent[] {
  const others = reservation.lines
    .filter((line) => line.sku === sale.sku && line.locationId !== sale.locationId)
    .map((line) => line.locationId);
  const releases: StockEvent[] = [];
  let left = units;
  for (const locationId of new Set(others)) {
    const given = Math.min(left, openUnits(reservation, sale.sku, locationId));
    if (given === 0) continue;
    left -= given;
    releases.push({
      ...eventOf(sale, 0, -given),
      eventId: `${RESERVED_EVENT_ID_PREFIX}${sale.reservationId}:sold-elsewhere:${sale.eventId}:${releases.length + 1}`,
      eventType: "inventory.release",
      locationId,
      quantity: given,
      reason: releaseReasons.soldElsewhere,
    });
  }
  return releases;
}

function adjust(command: RecordEvent, books: Books): EventDecision {
  if (command.setOnHand === null) return enforced(command, books, eventOf(command, command.quantity ?? 0, 0));
  const change = command.setOnHand - books.balance(command).onHand;
  return enforced(command, books, eventOf(command, change, 0));
}

function hold(command: RecordEvent, books: Books): EventDecision {
  const reservationId = reservationIdOf(command);
  const reservation = reservationId ? books.reservation(command.merchantId, reservationId) : undefined;
  if (reservation && reservation.state !== "held") return hasEnded(reservationId, reservation.state);
  if (reservation?.asked) return madeByRequest(reservationId);
  return enforced(command, books, { ...eventOf(command, 0, command.quantity ?? 0), reservationId });
}

function release(command: RecordEvent, books: Books): EventDecision {
  const { merchantId, reservationId, sku, locationId } = command;
  const reservation = reservationId ? books.reservation(merchantId, reservationId) : undefined;
  if (!reservation) {
    return refuse("unknown_reservation", `There is no reservation ${reservationId}.`, {
      reservation_id: reservationId,
    });
  }
  if (reservation.state !== "held") return hasEnded(reservationId, reservation.state);
  const open = openUnits(reservation, sku, locationId);
  const quantity = command.quantity ?? open;
  if (quantity > open || quantity === 0) {
    return refuse(
      "exceeds_reservation",
      `Reservation ${reservationId} holds ${open} of ${sku} at ${locationId}, not ${quantity}.`,
      { reservation_id: reservationId, requested: quantity, reserved: open },
    );
  }
  return { event: eventOf(command, 0, -quantity) };
}

function hasEnded(reservationId: string | null, state: Exclude<Reservation["state"], "held">): EventDecision {
  return refuse(`reservation_${state}`, `Reservation ${reservationId} has ended: ${state}.`, {
    reservation_id: reservationId,
    state,
  });
}

/** What a request made has the lines that it asked for and no other: its repeat is known by them, its commit sells them. */
function madeByRequest(reservationId: string | null): EventDecision {
  return refuse("idempotency_conflict", `Reservation ${reservationId} was made by a request: no event adds to it.`, {
    reservation_id: reservationId,
    state: "held",
    fields: ["reservation_id"],
  });
}

/** Refuses, under `enforce`, what would take available below zero. */
function enforced(command: RecordEvent, books: Books, event: StockEvent): EventDecision {
  const taken = event.reservedChange - event.onHandChange;
  if (command.policy === "record" || taken <= 0) return { event };
  // What the reservation of a sale holds here is asked for and available to it, too.
  const own = Math.max(0, -event.reservedChange);
  const requested = taken + own;
  const available = availableOf(books.balance(command)) + own;
  if (requested <= available) return { event };
  const reservedForIt = own > 0 ? `, counting the ${own} reserved for it` : "";
  return refuse(
    "insufficient_stock",
    `${requested} of ${command.sku} at ${command.locationId} asked for, ${available} available${reservedForIt}.`,
    { requested, available },
  );
}

function eventOf(command: RecordEvent, onHandChange: number, reservedChange: number): StockEvent {
  const { type: _type, policy: _policy, ...told } = command;
  return { ...told, onHandChange, reservedChange, expiresAt: null };
}
