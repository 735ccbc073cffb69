import type { EventType } from "./types.ts";

/** Someone tells what happened (`POST /v1/events`). */
export interface RecordEvent {
  readonly type: "RecordEvent";
  readonly merchantId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly sku: string;
  readonly locationId: string;
  readonly toLocationId: string | null;
  /** Units, positive; for an adjustment the signed change. Null for `setOnHand`, or for a release of all that is open. */
  readonly quantity: number | null;
  readonly setOnHand: number | null;
  readonly reservationId: string | null;
  readonly orderId: string | null;
  readonly reason: string | null;
  readonly source: string;
  readonly occurredAt: number;
  /** `enforce`: refuse rather than take available below zero. `record`: it happened already. */
  readonly policy: "record" | "enforce";
}

/** A checkout asks for units; all lines or none. */
export interface Reserve {
  readonly type: "Reserve";
  readonly merchantId: string;
  readonly reservationId: string;
  readonly lines: readonly { readonly sku: string; readonly locationId: string; readonly quantity: number }[];
  readonly ttlMs: number;
  readonly orderId: string | null;
  readonly source: string;
}

/** The checkout paid: what is still reserved becomes a sale. */
export interface Commit {
  readonly type: "Commit";
  readonly merchantId: string;
  readonly reservationId: string;
  readonly orderId: string | null;
}

/** The checkout was left. */
export interface Release {
  readonly type: "Release";
  readonly merchantId: string;
  readonly reservationId: string;
}

/** Time passed; does nothing unless the reservation is held and its time is over. */
export interface Expire {
  readonly type: "Expire";
  readonly merchantId: string;
  readonly reservationId: string;
}
