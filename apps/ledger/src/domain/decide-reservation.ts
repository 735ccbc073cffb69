import type { Commit, Expire, Release, Reserve } from "./commands.ts";
import { RESERVED_EVENT_ID_PREFIX } from "./event-ids.ts";
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

/**
 * What becomes of a command on a reservation. No events: nothing new, the reservation is as the caller wants it. A refusal's
 * are what was found on the way and happened all the same: the time of a reservation that nobody had ended was over.
 */
export interface ReservationDecision {
  readonly events: readonly StockEvent[];
  readonly refusal?: Refusal;
}

/** All lines or none, also when two lines name the same SKU. A repeat holds nothing new. */
export function decideReserve(command: Reserve, books: Books, now: number): ReservationDecision {
  const known = books.reservation(command.merchantId, command.reservationId);
  if (known) {
    const fields = differences(command, known);
    if (fields.length === 0) return { events: [] };
    return conflict(command.reservationId, `was asked for with another ${fields.join(", ")}`, fields);
  }
  const short = shortLines(command, books);
  if (short.length > 0) {
    const [first] = short;
    return refused(
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
    // NUL never occurs in ids, so it keeps the parts apart.
    const key = `${line.sku}\0${line.locationId}`;
    wanted.set(key, { ...line, quantity: line.quantity + (wanted.get(key)?.quantity ?? 0) });
  }
  return [...wanted.values()].flatMap(({ sku, locationId, quantity }) => {
    const available = availableOf(books.balance({ merchantId: command.merchantId, sku, locationId }));
    return quantity > available ? [{ sku, location_id: locationId, requested: quantity, available }] : [];
  });
}

/** The fields, as callers call them, in which a request for a known reservation is not the first one again. */
function differences(command: Reserve, { lines, asked }: Reservation): string[] {
  const fields: string[] = [];
  if (command.lines.length !== lines.length) fields.push("lines");
  else {
    for (const [index, line] of command.lines.entries()) {
      const first = lines[index];
      if (line.sku !== first?.sku) fields.push(`lines.${index}.sku`);
      if (line.locationId !== first?.locationId) fields.push(`lines.${index}.location_id`);
      if (line.quantity !== first?.quantity) fields.push(`lines.${index}.quantity`);
    }
  }
  if (asked && command.ttlMs !== asked.ttlMs) fields.push("ttl_seconds");
  if (asked && command.orderId !== asked.orderId) fields.push("order_id");
  if (asked && command.source !== asked.source) fields.push("source");
  return fields;
}

function conflict(reservationId: string, what: string, fields: readonly string[]): ReservationDecision {
  return refused("idempotency_conflict", `Reservation ${reservationId} ${what}.`, {
    reservation_id: reservationId,
    fields,
  });
}

/** What is still reserved becomes a sale, unless its time is over. A repeat may leave out the order, but not name another. */
export function decideCommit(command: Commit, books: Books, now: number): ReservationDecision {
  const { reservationId, orderId } = command;
  const reservation = books.reservation(command.merchantId, reservationId);
  if (!reservation) return unknown(reservationId);
  if (reservation.state === "committed") {
    if (orderId === null || orderId === reservation.orderId) return { events: [] };
    const first = reservation.orderId === null ? "for no order" : `for order ${reservation.orderId}`;
    return conflict(reservationId, `was committed ${first}, not for order ${orderId}`, ["order_id"]);
  }
  if (reservation.state === "expired" || isOver(reservation, now)) {
    // It ends here, if it has not yet: what the caller is told stays true, also by the clock of another ledger process.
    return {
      events: releases(command, reservation, releaseReasons.expired, now),
      ...refuse("reservation_expired", `Reservation ${reservationId} expired before it was committed.`, {
        reservation_id: reservationId,
        state: "expired",
      }),
    };
  }
  if (reservation.state !== "held") {
    return refused("reservation_released", `Reservation ${reservationId} was released.`, {
      reservation_id: reservationId,
      state: reservation.state,
    });
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

/** What is still reserved is given back; as expired once its time is over, whoever comes first. */
export function decideRelease(command: Release, books: Books, now: number): ReservationDecision {
  const reservation = books.reservation(command.merchantId, command.reservationId);
  if (!reservation) return unknown(command.reservationId);
  if (reservation.state === "committed") {
    return refused("reservation_committed", `Reservation ${command.reservationId} was committed: it is a sale now.`, {
      reservation_id: command.reservationId,
      state: reservation.state,
      order_id: reservation.orderId,
    });
  }
  const reason = isOver(reservation, now) ? releaseReasons.expired : "released";
  return { events: releases(command, reservation, reason, now) };
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

function releases(
  command: Commit | Release | Expire,
  reservation: Reservation,
  reason: string,
  now: number,
): StockEvent[] {
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

function unknown(reservationId: string): ReservationDecision {
  return refused("unknown_reservation", `There is no reservation ${reservationId}.`, { reservation_id: reservationId });
}

function refused(...why: Parameters<typeof refuse>): ReservationDecision {
  return { events: [], ...refuse(...why) };
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
