-- Why:  the ledger's own database: the log, and the balances and reservations folded from it.
-- Lock: none, new tables only.
-- Undo: drop the tables.

create table merchant (
  merchant_id  text primary key,
  created_at   timestamptz not null default now(),
  constraint merchant_id_shape check (merchant_id ~ '^[a-z0-9][a-z0-9-]{0,39}$')
);

-- Bearer tokens. Only their SHA-256 is kept: they are random and long, so no salt is needed.
create table token (
  token_hash   bytea primary key,
  merchant_id  text not null references merchant,
  label        text not null,
  created_at   timestamptz not null default now(),
  revoked_at   timestamptz
);

-- One row: where the log ends. Whoever appends holds its lock until the commit, so positions are gapless and in
-- commit order (docs/adr/0001).
create table log_head (
  single       boolean primary key default true,
  position     bigint not null default 0,
  hash         bytea not null default '\x',
  recorded_at  timestamptz not null default '-infinity',
  constraint log_head_one_row check (single)
);
insert into log_head default values;

-- The log. Rows are never updated or deleted.
create table event (
  position         bigint primary key,
  merchant_id      text not null,
  event_id         text not null,
  event_type       text not null,
  sku              text not null,
  location_id      text not null,
  to_location_id   text,
  -- As asked for, so that a repeat with other content can be told from a repeat.
  quantity         bigint,
  set_on_hand      bigint,
  -- What it changed at `location_id`; a transfer adds the opposite of `on_hand_change` at `to_location_id`.
  on_hand_change   bigint not null,
  reserved_change  bigint not null,
  -- The balance after it.
  on_hand          bigint not null,
  reserved         bigint not null,
  to_on_hand       bigint,
  to_reserved      bigint,
  reservation_id   text,
  expires_at       timestamptz,
  order_id         text,
  reason           text,
  source           text not null,
  -- When it happened, as the sender says; when it was recorded here.
  occurred_at      timestamptz not null,
  recorded_at      timestamptz not null,
  -- SHA-256 over the hash before it and this event.
  hash             bytea not null,
  constraint event_once unique (merchant_id, event_id)
);
create index event_by_balance on event (merchant_id, sku, location_id, position);
create index event_by_transfer on event (merchant_id, sku, to_location_id, position) where to_location_id is not null;

-- Projection of the log: the balance of each SKU at each location.
create table balance (
  merchant_id  text not null,
  sku          text not null,
  location_id  text not null,
  on_hand      bigint not null,
  reserved     bigint not null,
  position     bigint not null,
  primary key (merchant_id, sku, location_id),
  constraint balance_reserved_whole check (reserved >= 0)
);

-- Projection of the log: every reservation and how it ended.
create table reservation (
  merchant_id     text not null,
  reservation_id  text not null,
  state           text not null,
  -- [{sku, location_id, quantity, open}]: `open` is what is still reserved.
  lines           jsonb not null,
  expires_at      timestamptz,
  order_id        text,
  source          text not null,
  primary key (merchant_id, reservation_id),
  constraint reservation_state_known check (state in ('held', 'committed', 'released', 'expired', 'cancelled'))
);
create index reservation_expiring on reservation (expires_at) where state = 'held';
