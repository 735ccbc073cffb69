/** What the store needs of an event of the ledger's log, as `GET /v1/events` tells it. */
export interface LedgerEvent {
  readonly position: number;
  readonly merchant_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly sku: string;
  readonly location_id: string;
  readonly to_location_id: string | null;
  readonly quantity_change: number;
  readonly on_hand_change: number;
  readonly reserved_change: number;
  /** The balance after the event at `location_id`. */
  readonly on_hand: number;
  readonly reserved: number;
  readonly available: number;
  /** The balance after a transfer at `to_location_id`. */
  readonly to_on_hand: number | null;
  readonly to_reserved: number | null;
  readonly order_id: string | null;
  readonly reason: string | null;
  readonly source: string;
  /** When it happened, as the sender says; when the ledger recorded it. ISO 8601. */
  readonly timestamp: string;
  readonly recorded_at: string;
  /** Covers this event and all before it, hex. */
  readonly hash: string;
}

/** The common table expression `event` from one JSON parameter. */
export const EVENTS = `event as (
  select * from jsonb_to_recordset($1) as e(position bigint, merchant_id text, event_id text, event_type text, sku text,
    location_id text, to_location_id text, quantity_change bigint, on_hand_change bigint, reserved_change bigint,
    on_hand bigint, reserved bigint, available bigint, to_on_hand bigint, to_reserved bigint, order_id text, reason text,
    source text, "timestamp" timestamptz, recorded_at timestamptz)
)`;

/**
 * The listings of the SKU of `from`, for a lateral join. `offset 0` has each SKU looked up in its index: how many events
 * there are PostgreSQL can't know, and for the hundred that it takes them for it read all listings there are.
 *
 * @param from an alias with a merchant_id and a sku.
 */
export function listingsOf(from: string): string {
  return `(select * from listing found where found.merchant_id = ${from}.merchant_id and found.sku = ${from}.sku offset 0)`;
}
