import type { Commit, Expire, Release, Reserve } from "./commands.ts";
import { releaseReasons } from "./evolve.ts";
import { refuse, type Refusal } from "./refusal.ts";
import {
  availableOf,
  type Books,
  type EventType,
  type Reservation,
  type ReservationLine,
  type StockEvent,
} from "./types.ts";

/** What becomes of a command on a reservation. No events: nothing new, the reservation is as the caller wants it. */
export type ReservationDecision = { readonly events: readonly StockEvent[] } | { readonly refusal: Refusal };

/** Event ids beginning so are made here alone: a reservation's lines are one event each. */
export const RESERVED_EVENT_ID_PREFIX = "reservation:";

/** All lines or none, also when two lines name the same SKU. A repeat holds nothing new. */
export function decideReserve(command: Reserve, books: Books, now: number): ReservationDecision {
  const known = books.reservation(command.merchantId, command.reservationId);
  if (known) {
    if (isSameRequest(command, known)) return { events: [] };
    return refuse("idempotency_conflict", `Reservation ${command.reservationId} was made with other lines.`, {
      fields: ["lines"],
    });
  }
  const short = shortLines(command, books);
  if (short.length > 0) {
    const [first] = short;
    return refuse(
      "insufficient_stock",
      `Not enough of ${short.map((line) => line.sku).join(", ")}: ${first?.requested} asked for, ${first?.available} available.`,
      { lines: short },
    );
  }
  return {
    events: command.lines.map((line, index) => ({
      ...eventOfLine(command, line, index, "inventory.reserve", now),
      quantity: line.quantity,
      reservedChange: line.quantity,
      expiresAt: now + command.ttlMs,
      orderId: command.orderId,
      source: command.source,
    })),
  };
}

interface ShortLine {
  readonly sku: string;
  readonly location_id: string;
  readonly requested: number;
  readonly available: number;
}

function shortLines(command: Reserve, books: Books): ShortLine[] {
  const wanted = new Map<string, { sku: string; locationId: string; quantity: number }>();
  for (const line of command.lines) {
    const key = JSON.stringify([line.sku, line.locationId]);
    wanted.set(key, { ...line, quantity: line.quantity + (wanted.get(key)?.quantity ?? 0) });
  }
  return [...wanted.values()].flatMap(({ sku, locationId, quantity }) => {
    const available = availableOf(books.balance({ merchantId: command.merchantId, sku, locationId }));
    return quantity > available ? [{ sku, location_id: locationId, requested: quantity, available }] : [];
  });
}

function isSameRequest(command: Reserve, known: Reservation): boolean {
  return (
    command.lines.length === known.lines.length &&
    command.lines.every((line, index) => {
      const other = known.lines[index];
      return line.sku === other?.sku && line.locationId === other.locationId && line.quantity === other.quantity;
    })
  );
}

/** What is still reserved becomes a sale. */
export function decideCommit(command: Commit, books: Books, now: number): ReservationDecision {
  const reservation = books.reservation(command.merchantId, command.reservationId);
  if (!reservation) return unknown(command.reservationId);
  if (reservation.state === "committed") return { events: [] };
  if (reservation.state === "expired" || isOver(reservation, now)) {
    return refuse("reservation_expired", `Reservation ${command.reservationId} expired before it was committed.`);
  }
  if (reservation.state !== "held") {
    return refuse("reservation_released", `Reservation ${command.reservationId} was released.`);
  }
  return {
    events: openLines(reservation).map(([line, index]) => ({
      ...eventOfLine(command, line, index, "inventory.sale", now),
      quantity: line.open,
      onHandChange: -line.open,
      reservedChange: -line.open,
      orderId: command.orderId ?? reservation.orderId,
      source: reservation.source,
    })),
  };
}

/** What is still reserved is given back. */
export function decideRelease(command: Release, books: Books, now: number): ReservationDecision {
  const reservation = books.reservation(command.merchantId, command.reservationId);
  if (!reservation) return unknown(command.reservationId);
  if (reservation.state === "committed") {
    return refuse("reservation_committed", `Reservation ${command.reservationId} was committed: it is a sale now.`);
  }
  return { events: releases(command, reservation, "released", now) };
}

/** Time gives back what is still reserved. */
export function decideExpire(command: Expire, books: Books, now: number): ReservationDecision {
  const reservation = books.reservation(command.merchantId, command.reservationId);
  if (!reservation) return unknown(command.reservationId);
  if (!isOver(reservation, now)) return { events: [] };
  return { events: releases(command, reservation, releaseReasons.expired, now) };
}

function isOver(reservation: Reservation, now: number): boolean {
  return reservation.state === "held" && reservation.expiresAt !== null && reservation.expiresAt <= now;
}

function releases(command: Release | Expire, reservation: Reservation, reason: string, now: number): StockEvent[] {
  if (reservation.state !== "held") return [];
  return openLines(reservation).map(([line, index]) => ({
    ...eventOfLine(command, line, index, "inventory.release", now),
    quantity: line.open,
    reservedChange: -line.open,
    orderId: reservation.orderId,
    reason,
    source: reservation.source,
  }));
}

function openLines(reservation: Reservation): [line: ReservationLine, index: number][] {
  return reservation.lines
    .map((line, index): [ReservationLine, number] => [line, index])
    .filter(([line]) => line.open > 0);
}

function unknown(reservationId: string): { readonly refusal: Refusal } {
  return refuse("unknown_reservation", `There is no reservation ${reservationId}.`);
}

/** The part of a line's event that is the same for all; each line's event id says which line and what happened to it. */
function eventOfLine(
  command: { readonly merchantId: string; readonly reservationId: string },
  line: { readonly sku: string; readonly locationId: string },
  index: number,
  eventType: EventType,
  now: number,
) {
  const action = eventType.slice("inventory.".length);
  return {
    merchantId: command.merchantId,
    eventId: `${RESERVED_EVENT_ID_PREFIX}${command.reservationId}:line:${index + 1}:${action}`,
    eventType,
    sku: line.sku,
    locationId: line.locationId,
    toLocationId: null,
    setOnHand: null,
    onHandChange: 0,
    reservedChange: 0,
    reservationId: command.reservationId,
    expiresAt: null,
    reason: null,
    occurredAt: now,
  };
}
