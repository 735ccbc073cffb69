import type { RecordEvent } from "./commands.ts";
import { openUnits } from "./evolve.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { availableOf, type Books, type RecordedEvent, type StockEvent } from "./types.ts";

/** What becomes of one reported event. */
export type EventDecision =
  | { readonly event: StockEvent }
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

/** Fields that make an event what it is. When and by whom it was told may differ between two tellings of one fact. */
const identity = [
  "eventType",
  "sku",
  "locationId",
  "toLocationId",
  "quantity",
  "setOnHand",
  "reservationId",
  "orderId",
] as const;

function repeated(command: RecordEvent, known: RecordedEvent): EventDecision {
  const different = identity.filter((field) => fieldOf(command, field) !== known[field]);
  if (different.length === 0) return { duplicateOf: known };
  return refuse(
    "idempotency_conflict",
    `Event id ${command.eventId} was recorded at position ${known.position} with another ${different.join(", ")}.`,
    { position: known.position, fields: different },
  );
}

function fieldOf(command: RecordEvent, field: (typeof identity)[number]): string | number | null {
  return field === "reservationId" ? reservationIdOf(command) : command[field];
}

/** A reserve that names no reservation is one of its own. */
function reservationIdOf(command: RecordEvent): string | null {
  return command.eventType === "inventory.reserve" ? (command.reservationId ?? command.eventId) : command.reservationId;
}

function sell(command: RecordEvent, books: Books): EventDecision {
  const quantity = command.quantity ?? 0;
  const reservation = command.reservationId ? books.reservation(command.merchantId, command.reservationId) : undefined;
  if (reservation?.state === "cancelled") {
    return refuse("reservation_cancelled", `The order of reservation ${command.reservationId} was cancelled already.`);
  }
  const consumed = Math.min(quantity, openUnits(reservation, command.sku, command.locationId));
  return enforced(command, books, eventOf(command, -quantity, -consumed));
}

function adjust(command: RecordEvent, books: Books): EventDecision {
  if (command.setOnHand === null) return enforced(command, books, eventOf(command, command.quantity ?? 0, 0));
  const change = command.setOnHand - books.balance(command).onHand;
  return enforced(command, books, eventOf(command, change, 0));
}

function hold(command: RecordEvent, books: Books): EventDecision {
  const reservationId = reservationIdOf(command);
  const reservation = reservationId ? books.reservation(command.merchantId, reservationId) : undefined;
  if (reservation && reservation.state !== "held") {
    return refuse(`reservation_${reservation.state}`, `Reservation ${reservationId} has ended: ${reservation.state}.`);
  }
  return enforced(command, books, { ...eventOf(command, 0, command.quantity ?? 0), reservationId });
}

function release(command: RecordEvent, books: Books): EventDecision {
  const { merchantId, reservationId, sku, locationId } = command;
  const reservation = reservationId ? books.reservation(merchantId, reservationId) : undefined;
  if (!reservation) return refuse("unknown_reservation", `There is no reservation ${reservationId}.`);
  if (reservation.state !== "held") {
    return refuse(`reservation_${reservation.state}`, `Reservation ${reservationId} has ended: ${reservation.state}.`);
  }
  const open = openUnits(reservation, sku, locationId);
  const quantity = command.quantity ?? open;
  if (quantity > open || quantity === 0) {
    return refuse(
      "exceeds_reservation",
      `Reservation ${reservationId} holds ${open} of ${sku} at ${locationId}, not ${quantity}.`,
      { reserved: open, requested: quantity },
    );
  }
  return { event: eventOf(command, 0, -quantity) };
}

/** Refuses, under `enforce`, what would take available below zero. */
function enforced(command: RecordEvent, books: Books, event: StockEvent): EventDecision {
  const taken = event.reservedChange - event.onHandChange;
  if (command.policy === "record" || taken <= 0) return { event };
  const available = availableOf(books.balance(command));
  if (taken <= available) return { event };
  return refuse(
    "insufficient_stock",
    `${taken} of ${command.sku} at ${command.locationId} asked for, ${available} available.`,
    { available, requested: taken },
  );
}

function eventOf(command: RecordEvent, onHandChange: number, reservedChange: number): StockEvent {
  const { type: _type, policy: _policy, ...told } = command;
  return { ...told, onHandChange, reservedChange, expiresAt: null };
}
