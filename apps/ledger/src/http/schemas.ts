import { z } from "zod";
import { RESERVED_EVENT_ID_PREFIX } from "../domain/event-ids.ts";
import { eventTypes } from "../domain/types.ts";

/** Half a surrogate pair is not a character: the database would give it back as another one. */
const wellFormed = [(value: string) => value.isWellFormed(), "must be well-formed Unicode"] as const;

/** Ids are the callers' own text: kept as they are, compared exactly. No control characters, at most 255 long. */
export const id = z
  .string()
  .min(1)
  .max(255)
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]+$/u, "must not hold control characters")
  .refine(...wellFormed);

/** Words for people. NUL is the one character PostgreSQL has no room for. */
const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "must not hold NUL")
    .refine(...wellFormed);

const MAX_UNITS = 1_000_000_000;
const units = z.int().min(1).max(MAX_UNITS);

/** A time with its zone, ISO 8601. */
const time = z.iso.datetime({ offset: true });

const FIRST_TIME = Date.parse("0001-01-01T00:00:00Z");
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

/** A time of the years 1 to 9999 (UTC): what an ISO 8601 text with a year of four digits can give back. */
const recordableTime = time.refine(
  (value) => Date.parse(value) >= FIRST_TIME && Date.parse(value) <= LAST_TIME,
  "must be in the years 1 to 9999, UTC",
);

/** What every reported event tells. `event_id` is made of business keys, so that each telling of a fact names it alike. */
const told = {
  event_id: id.refine(
    (text) => !text.startsWith(RESERVED_EVENT_ID_PREFIX),
    `must not begin with "${RESERVED_EVENT_ID_PREFIX}": the ledger makes those`,
  ),
  sku: id,
  location_id: id,
  order_id: id.nullish(),
  reason: words(500).nullish(),
  source: id,
  timestamp: recordableTime,
  policy: z.enum(["record", "enforce"]).default("record"),
};

const movement = (eventType: "inventory.receiving" | "inventory.return") =>
  z.strictObject({ ...told, event_type: z.literal(eventType), quantity: units, reservation_id: id.nullish() });

/** One reported event, by type. */
export const newEvent = z.discriminatedUnion("event_type", [
  movement("inventory.receiving"),
  movement("inventory.return"),
  z.strictObject({ ...told, event_type: z.literal("inventory.sale"), quantity: units, reservation_id: id.nullish() }),
  z
    .strictObject({
      ...told,
      event_type: z.literal("inventory.adjustment"),
      /** The signed change. */
      quantity: z.int().min(-MAX_UNITS).max(MAX_UNITS).nullish(),
      /** The counted number, instead of `quantity`. */
      set_on_hand: z.int().min(0).max(MAX_UNITS).nullish(),
    })
    .refine((event) => (event.quantity ?? null) === null || (event.set_on_hand ?? null) === null, {
      path: ["set_on_hand"],
      message: "give quantity or set_on_hand, not both",
    })
    .refine((event) => (event.quantity ?? null) !== null || (event.set_on_hand ?? null) !== null, {
      path: ["quantity"],
      message: "give quantity (the change) or set_on_hand (the count)",
    }),
  z
    .strictObject({ ...told, event_type: z.literal("inventory.transfer"), quantity: units, to_location_id: id })
    .refine((event) => event.to_location_id !== event.location_id, {
      path: ["to_location_id"],
      message: "must differ from location_id",
    }),
  z.strictObject({
    ...told,
    event_type: z.literal("inventory.reserve"),
    quantity: units,
    reservation_id: id.nullish(),
  }),
  z.strictObject({
    ...told,
    event_type: z.literal("inventory.release"),
    /** Absent: all that is still reserved. */
    quantity: units.nullish(),
    reservation_id: id,
  }),
]);

export type NewEvent = z.infer<typeof newEvent>;

/** `POST /v1/events`: the envelope. Each event is validated on its own, so that a bad one leaves the rest unaffected. */
export const newEvents = z.strictObject({ events: z.array(z.unknown()).min(1).max(1_000) });

/** `POST /v1/events` as documented. */
export const newEventsDocumented = z.strictObject({ events: z.array(newEvent).min(1).max(1_000) });

const balance = { on_hand: z.int(), reserved: z.int(), available: z.int() };

export const eventResult = z.object({
  event_id: z.string(),
  status: z.enum(["recorded", "duplicate", "refused"]),
  /** Where it is in the log, and the balance after it: of the first telling when it is a duplicate. */
  position: z.int().optional(),
  on_hand: z.int().optional(),
  reserved: z.int().optional(),
  available: z.int().optional(),
  /** Why it was refused; `available` and `reserved` are then what there was: for a sale, with what its reservation holds there. */
  code: z.string().optional(),
  message: z.string().optional(),
  /** `after-stock-changes`: the same event may be accepted later; `never`. */
  retry: z.enum(["after-stock-changes", "never"]).optional(),
  /** For `insufficient_stock` and `exceeds_reservation`: the units asked for. */
  requested: z.int().optional(),
  /** For `idempotency_conflict`: the fields that differ from what was recorded at `position`, or name what a request made. */
  fields: z.array(z.string()).optional(),
  /** For refusals that a reservation is the reason of, and how it stands. */
  reservation_id: z.string().optional(),
  state: z.string().optional(),
  /** For `invalid_event`: which field. */
  field: z.string().optional(),
});

export const eventResults = z.object({ results: z.array(eventResult) });

export const reservationLine = z.strictObject({ sku: id, location_id: id, quantity: units });

const MAX_TTL_SECONDS = 7 * 24 * 3_600;

/** `POST /v1/reservations`: all lines or none. */
export const newReservation = z.strictObject({
  /** May be left out when the `Idempotency-Key` header names it. */
  reservation_id: id.optional(),
  lines: z.array(reservationLine).min(1).max(500),
  ttl_seconds: z.number().min(1).max(MAX_TTL_SECONDS),
  order_id: id.nullish(),
  source: id.default("checkout"),
});

export const commitBody = z.strictObject({ order_id: id.nullish() }).nullish();

export const reservation = z.object({
  reservation_id: z.string(),
  state: z.enum(["held", "committed", "released", "expired", "cancelled"]),
  /** Null: it does not expire by itself. */
  expires_at: time.nullable(),
  order_id: z.string().nullable(),
  lines: z.array(reservationLine),
});

export const skuStock = z.object({
  sku: z.string(),
  ...balance,
  locations: z.array(z.object({ location_id: z.string(), ...balance })),
});

export const stock = z.object({ as_of: z.int(), stock: z.array(skuStock) });

export const stockQuery = z.object({
  sku: z.union([id.transform((sku) => [sku]), z.array(id).min(1).max(500)]),
});

export const oneStock = z.object({ as_of: z.int(), ...skuStock.shape });

/** An event of the log. */
export const logEvent = z.object({
  position: z.int(),
  merchant_id: z.string(),
  event_id: z.string(),
  event_type: z.enum(eventTypes),
  sku: z.string(),
  location_id: z.string(),
  to_location_id: z.string().nullable(),
  /** The signed change of what the type changes: on hand; for reserve and release, reserved. */
  quantity_change: z.int(),
  on_hand_change: z.int(),
  reserved_change: z.int(),
  ...balance,
  /** The same as `available`. */
  new_available: z.int(),
  /** For a transfer: the balance after it at `to_location_id`. */
  to_on_hand: z.int().nullable(),
  to_reserved: z.int().nullable(),
  to_available: z.int().nullable(),
  reservation_id: z.string().nullable(),
  expires_at: time.nullable(),
  order_id: z.string().nullable(),
  reason: z.string().nullable(),
  source: z.string(),
  /** When it happened, as the sender says. */
  timestamp: time,
  recorded_at: time,
  hash: z.string(),
});

export type LogEvent = z.infer<typeof logEvent>;

const number = z.coerce.number().int();

export const historyQuery = z.object({
  location_id: id.optional(),
  at: recordableTime.optional(),
  before: number.min(1).optional(),
  limit: number.min(1).max(1_000).default(100),
});

/** Newest first; `before` of the next page is the last event's position. With `at`: the balance at that time. */
export const history = z.union([
  z.object({ sku: z.string(), events: z.array(logEvent), next_before: z.int().nullable() }),
  z.object({ sku: z.string(), at: time, as_of: z.int(), ...balance, locations: skuStock.shape.locations }),
]);

export const logQuery = z
  .object({
    after: number.min(0).default(0),
    /** Of the event at `after`, as the follower was told it. */
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be an event's hash: 64 digits 0-9, a-f")
      .optional(),
    limit: number.min(1).max(5_000).default(500),
    /** How long to wait for an event when there is none yet. */
    wait_ms: number.min(0).max(30_000).default(0),
  })
  .refine(({ after, hash }) => hash === undefined || after > 0, {
    path: ["hash"],
    message: "leave it out: there is no event at position 0",
  });

export const log = z.object({ events: z.array(logEvent), next: z.int() });

const auditedReservation = z.object({
  state: reservation.shape.state,
  /** `open`: units of the line that are reserved. */
  lines: z.array(z.object({ sku: z.string(), location_id: z.string(), quantity: z.int(), open: z.int() })),
  expires_at: time.nullable(),
  order_id: z.string().nullable(),
  source: z.string(),
  /** What the request for it said; null: an event made it. */
  asked: z.object({ ttl_seconds: z.number(), order_id: z.string().nullable(), source: z.string() }).nullable(),
});

const audited = z.union([z.object(balance), auditedReservation]).nullable();

export const auditMismatch = z.object({
  /**
   * `balance`: the balance row; `event`: the balance an event notes, the first wrong one at its place; `reservation`: the
   * reservation row; `chain`: an event was changed, or (without SKU) events are missing at the position.
   */
  kind: z.enum(["balance", "event", "reservation", "chain"]),
  merchant_id: z.string().nullable(),
  sku: z.string().nullable(),
  location_id: z.string().nullable(),
  reservation_id: z.string().nullable(),
  /** What the log makes of it, and what there is. */
  expected: audited,
  actual: audited,
  /** The first position that is wrong. */
  position: z.int(),
});

/** What was replayed, and what did not agree. */
export const auditReport = z.object({
  events: z.int(),
  balances: z.int(),
  reservations: z.int(),
  mismatches: z.array(auditMismatch),
});

export const merchantId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "lower-case letters, digits and hyphens, at most 40");
export const newMerchant = z.strictObject({ merchant_id: merchantId });
export const newToken = z.strictObject({ label: words(100).min(1) });
export const token = z.object({ merchant_id: merchantId, token: z.string() });
export const tokenEntry = z.object({
  token_id: z.string(),
  label: z.string(),
  created_at: time,
  revoked_at: time.nullable(),
});
export const tokenEntries = z.object({ tokens: z.array(tokenEntry) });
/** Whose token the caller's is; null for a service token. */
export const tokenOwner = z.object({ merchant_id: z.string().nullable() });
