/** A thin way to do what the ledger does, to measure ours against. */
export interface Baseline {
  /** Tells whether the unit was granted. */
  reserve?(request: BaselineReservation): Promise<boolean>;
  /** Records sales. */
  append?(events: readonly BaselineEvent[]): Promise<void>;
  /** Events after a position, oldest first. */
  read?(after: number, limit: number): Promise<readonly object[]>;
}

export interface BaselineEvent {
  readonly event_id: string;
  readonly sku: string;
  readonly quantity: number;
}

export interface BaselineReservation {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
}

export const baselineKinds = [
  "for-update",
  "conditional-update",
  "group-commit",
  "one-statement",
  "plain-read",
  "empty",
  "redis-lua",
] as const;
export type BaselineKind = (typeof baselineKinds)[number];

/** The connections a pooled baseline may use. */
export const POOL_SIZE = 20;

/** What every PostgreSQL baseline writes to: a balance a SKU, and an event a reservation. */
export const baselineSchema = `
  create table balance (sku text primary key, on_hand bigint not null, reserved bigint not null default 0);
  create table event (
    position bigserial primary key, event_id text not null unique, sku text not null, quantity bigint not null,
    on_hand bigint not null, reserved bigint not null, recorded_at timestamptz not null default now())`;
