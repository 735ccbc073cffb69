import type pg from "pg";
import { z } from "zod";
import { eventTypes, type Asked, type RecordedEvent, type Reservation } from "../domain/types.ts";
import { compositeArray, type FieldType } from "./binary-arrays.ts";
import type { KeyedBalance, KeyedReservation } from "./working-books.ts";

/** The columns of an event and their types, in the order the hash covers them. */
const eventTable = {
  position: "bigint",
  merchant_id: "text",
  event_id: "text",
  event_type: "text",
  sku: "text",
  location_id: "text",
  to_location_id: "text",
  quantity: "bigint",
  set_on_hand: "bigint",
  on_hand_change: "bigint",
  reserved_change: "bigint",
  on_hand: "bigint",
  reserved: "bigint",
  to_on_hand: "bigint",
  to_reserved: "bigint",
  reservation_id: "text",
  expires_at: "timestamptz",
  order_id: "text",
  reason: "text",
  source: "text",
  occurred_at: "timestamptz",
  recorded_at: "timestamptz",
  hash: "bytea",
} as const satisfies Readonly<Record<string, FieldType>>;

export const eventColumns = Object.keys(eventTable);
const eventFieldTypes = Object.values(eventTable);
/** In the order of the tables' columns. */
const balanceFieldTypes = ["text", "text", "text", "bigint", "bigint", "bigint"] as const;
const reservationFieldTypes = ["text", "text", "text", "jsonb", "timestamptz", "text", "text", "jsonb"] as const;

/** An event as the database gives it. */
export interface EventRow {
  position: number;
  merchant_id: string;
  event_id: string;
  event_type: string;
  sku: string;
  location_id: string;
  to_location_id: string | null;
  quantity: number | null;
  set_on_hand: number | null;
  on_hand_change: number;
  reserved_change: number;
  on_hand: number;
  reserved: number;
  to_on_hand: number | null;
  to_reserved: number | null;
  reservation_id: string | null;
  expires_at: Date | null;
  order_id: string | null;
  reason: string | null;
  source: string;
  occurred_at: Date;
  recorded_at: Date;
  hash: Uint8Array;
}

const eventType = z.enum(eventTypes);

export function eventFromRow(row: EventRow): RecordedEvent {
  return {
    position: row.position,
    merchantId: row.merchant_id,
    eventId: row.event_id,
    eventType: eventType.parse(row.event_type),
    sku: row.sku,
    locationId: row.location_id,
    toLocationId: row.to_location_id,
    quantity: row.quantity,
    setOnHand: row.set_on_hand,
    onHandChange: row.on_hand_change,
    reservedChange: row.reserved_change,
    balance: { onHand: row.on_hand, reserved: row.reserved },
    toBalance:
      row.to_on_hand === null || row.to_reserved === null
        ? null
        : { onHand: row.to_on_hand, reserved: row.to_reserved },
    reservationId: row.reservation_id,
    expiresAt: row.expires_at?.getTime() ?? null,
    orderId: row.order_id,
    reason: row.reason,
    source: row.source,
    occurredAt: row.occurred_at.getTime(),
    recordedAt: row.recorded_at.getTime(),
    hash: row.hash,
  };
}

/** The fields of an event that its hash covers, in the order of their columns. */
export function eventFields(event: Omit<RecordedEvent, "hash">): (string | number | null)[] {
  return [
    event.position,
    event.merchantId,
    event.eventId,
    event.eventType,
    event.sku,
    event.locationId,
    event.toLocationId,
    event.quantity,
    event.setOnHand,
    event.onHandChange,
    event.reservedChange,
    event.balance.onHand,
    event.balance.reserved,
    event.toBalance?.onHand ?? null,
    event.toBalance?.reserved ?? null,
    event.reservationId,
    event.expiresAt,
    event.orderId,
    event.reason,
    event.source,
    event.occurredAt,
    event.recordedAt,
  ];
}

const storedLines = z.array(
  z.object({ sku: z.string(), location_id: z.string(), quantity: z.number(), open: z.number() }),
);
const storedAsked = z.object({ ttl_ms: z.number(), order_id: z.string().nullable(), source: z.string() }).nullable();
const storedState = z.enum(["held", "committed", "released", "expired", "cancelled"]);

/** A reservation as the database gives it. */
export interface ReservationRow {
  merchant_id: string;
  reservation_id: string;
  state: string;
  lines: unknown;
  expires_at: Date | null;
  order_id: string | null;
  source: string;
  asked: unknown;
}

export function reservationFromRow(row: ReservationRow): Reservation {
  return {
    state: storedState.parse(row.state),
    lines: storedLines.parse(row.lines).map(({ location_id, ...line }) => ({ ...line, locationId: location_id })),
    expiresAt: row.expires_at?.getTime() ?? null,
    orderId: row.order_id,
    source: row.source,
    asked: askedFromRow(row.asked),
  };
}

function askedFromRow(stored: unknown): Asked | null {
  const asked = storedAsked.parse(stored);
  return asked && { ttlMs: asked.ttl_ms, orderId: asked.order_id, source: asked.source };
}

/** In the order of the table's columns. */
function reservationFields({ merchantId, reservationId, reservation }: KeyedReservation): (string | number | null)[] {
  const { state, lines, expiresAt, orderId, source, asked } = reservation;
  return [
    merchantId,
    reservationId,
    state,
    JSON.stringify(
      lines.map(({ sku, locationId, quantity, open }) => ({ sku, location_id: locationId, quantity, open })),
    ),
    expiresAt,
    orderId,
    source,
    asked && JSON.stringify({ ttl_ms: asked.ttlMs, order_id: asked.orderId, source: asked.source }),
  ];
}

/** The numbers of the types by which rows are written. */
export interface RowTypes {
  readonly event: number;
  readonly balance: number;
  readonly reservation: number;
}

/** Each database has its own. */
export async function findRowTypes(client: pg.ClientBase): Promise<RowTypes> {
  const number = (table: string) => `'${table}'::regtype::oid::bigint::text as ${table}`;
  const { rows } = await client.query<Record<keyof RowTypes, string>>(
    `select ${["event", "balance", "reservation"].map(number).join(", ")}`,
  );
  const [found] = rows;
  if (!found) throw new Error("PostgreSQL answered with no row");
  return { event: Number(found.event), balance: Number(found.balance), reservation: Number(found.reservation) };
}

/** Events as a parameter of the type `event[]`. */
export function eventRows(types: RowTypes, events: readonly RecordedEvent[]): Buffer {
  return compositeArray(
    types.event,
    eventFieldTypes,
    events.map((event) => [...eventFields(event), event.hash]),
  );
}

/** Balances, as they are at the position, as a parameter of the type `balance[]`. */
export function balanceRows(types: RowTypes, balances: readonly KeyedBalance[], position: number): Buffer {
  return compositeArray(
    types.balance,
    balanceFieldTypes,
    balances.map(({ key: { merchantId, sku, locationId }, balance: { onHand, reserved } }) => [
      merchantId,
      sku,
      locationId,
      onHand,
      reserved,
      position,
    ]),
  );
}

/** Reservations as a parameter of the type `reservation[]`. */
export function reservationRows(types: RowTypes, reservations: readonly KeyedReservation[]): Buffer {
  return compositeArray(types.reservation, reservationFieldTypes, reservations.map(reservationFields));
}
