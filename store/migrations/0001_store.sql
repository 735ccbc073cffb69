-- Why:  the hub's database. Everything here but merchants, channels, credentials, listings and the inbox is a
--       projection of the ledger's log and can be deleted and rebuilt from it.
-- Lock: none, new tables only.
-- Undo: drop the tables.

create table merchant (
  merchant_id       text primary key,
  -- The merchant's data key, wrapped by LASTUNIT_KEYS; see config/src/encryption.
  wrapped_data_key  text not null,
  created_at        timestamptz not null default now(),
  constraint merchant_id_shape check (merchant_id ~ '^[a-z0-9][a-z0-9-]{0,39}$')
);

-- One merchant's connection to a platform.
create table channel (
  channel_id           uuid primary key,
  merchant_id          text not null references merchant,
  kind                 text not null,
  -- `<kind>:<account>`, the prefix of every ledger event id this channel gives rise to.
  channel_key          text not null,
  settings             jsonb not null,
  status               text not null default 'active',
  -- Why it is paused or must be reconnected, in words for the merchant.
  status_reason        text,
  -- What the platform can do, copied from its adapter: the SQL decides by these what a sale or a push tells of its number.
  pushes_inventory     boolean not null,
  compares_and_sets    boolean not null,
  restocks_cancelled   boolean not null,
  -- Where this channel's orders take their units from when they name no location.
  default_location_id  text not null,
  -- Allocation for every listing of the channel unless the listing says otherwise.
  safety_stock         integer not null default 0,
  share                numeric(5, 4) not null default 1,
  minimum              integer not null default 0,
  cap                  integer,
  -- Where order polling goes on; the adapter's own text. `orders_polled_at`: orders changed before then were seen.
  orders_cursor        text,
  orders_polled_at     timestamptz,
  created_at           timestamptz not null default now(),
  constraint channel_key_once unique (merchant_id, channel_key),
  constraint channel_status_known check (status in ('active', 'paused', 'needs_reconnect')),
  constraint channel_safety_stock_whole check (safety_stock >= 0),
  constraint channel_share_fraction check (share between 0 and 1),
  constraint channel_minimum_whole check (minimum >= 0),
  constraint channel_cap_whole check (cap is null or cap >= 0)
);

-- Secrets, each encrypted under the merchant's data key and bound to merchant, channel and field.
create table channel_credential (
  channel_id   uuid not null references channel on delete cascade,
  field        text not null,
  ciphertext   text not null,
  updated_at   timestamptz not null default now(),
  primary key (channel_id, field)
);

-- Which ledger locations feed a channel. No rows: the channel's default location alone.
create table channel_location (
  channel_id            uuid not null references channel on delete cascade,
  location_id           text not null,
  -- The channel's own location or ship node; '' where it has one number for all.
  external_location_id  text not null default '',
  primary key (channel_id, location_id, external_location_id)
);

-- A SKU offered on a channel.
create table listing (
  listing_id            uuid primary key,
  channel_id            uuid not null references channel on delete cascade,
  merchant_id           text not null references merchant,
  sku                   text not null,
  external_id           text not null,
  external_location_id  text not null default '',
  external              jsonb not null default '{}',
  -- How the channel's order lines name this listing.
  line_ref              text not null,
  title                 text not null default '',
  -- Why nothing is pushed to it (FBA, bundle parent, not tracked), in words for the merchant; null: it is synced.
  unsupported           text,
  paused                boolean not null default false,
  -- Allocation of this listing alone; null: the channel's.
  safety_stock          integer,
  share                 numeric(5, 4),
  minimum               integer,
  cap                   integer,
  created_at            timestamptz not null default now(),
  constraint listing_once unique (channel_id, external_id, external_location_id),
  constraint listing_safety_stock_whole check (safety_stock >= 0),
  constraint listing_share_fraction check (share between 0 and 1),
  constraint listing_minimum_whole check (minimum >= 0),
  constraint listing_cap_whole check (cap >= 0)
);
create index listing_by_sku on listing (merchant_id, sku);
create index listing_by_line_ref on listing (channel_id, line_ref);

-- Projection: the ledger's balances as of `checkpoint`.
create table stock_view (
  merchant_id  text not null,
  sku          text not null,
  location_id  text not null,
  on_hand      bigint not null,
  reserved     bigint not null,
  -- The ledger position of the event that made this balance, and when the ledger recorded it.
  position     bigint not null,
  recorded_at  timestamptz not null,
  primary key (merchant_id, sku, location_id)
);

-- Projection: what each listing must show, and what it shows as far as we know. One row a listing whose SKU the ledger
-- has heard of: a SKU without one event has no stock that could be shown, and no zero either.
create table sync_state (
  listing_id         uuid primary key references listing on delete cascade,
  channel_id         uuid not null,
  -- Desired: from the stock view and allocation. The terms explain the number.
  desired_quantity   integer not null,
  desired_position   bigint not null,
  desired_at         timestamptz not null,
  desired_terms      jsonb not null,
  -- Shown: what the channel last took or was read back as. Null: unknown.
  shown_quantity     integer,
  shown_position     bigint,
  shown_at           timestamptz,
  -- Units the channel sold that the ledger has not heard of yet (its number was lower than expected).
  unseen_units       integer not null default 0,
  unseen_since       timestamptz,
  -- While a push is in flight no other may start for this listing; the lease ends with the push or its deadline.
  push_lease         uuid,
  push_leased_until  timestamptz,
  -- What was believed shown when the push began; null: unknown.
  push_expected      integer,
  -- Something happened while the push was in flight after which its outcome does not tell what is shown.
  push_disturbed     boolean not null default false,
  -- When we last wrote without knowing what was there: a sale on the channel before then was overwritten.
  blind_at           timestamptz,
  -- The channel's own words when it refused this listing for good; cleared by the next accepted push or an operator.
  error_code         text,
  error_message      text,
  constraint sync_state_desired_whole check (desired_quantity >= 0),
  constraint sync_state_unseen_whole check (unseen_units >= 0)
);
-- The sweep: whatever is desired and not shown. Target = what is desired less what was sold there unseen.
create index sync_state_behind on sync_state (channel_id)
  where shown_quantity is distinct from greatest(desired_quantity - unseen_units, 0) and error_code is null;
create index sync_state_leased on sync_state (channel_id) where push_lease is not null;
create index sync_state_unseen on sync_state (channel_id) where unseen_units > 0;

-- Every push that was sent, with how long it took from the ledger's commit; kept for a few days.
create table push (
  push_id       bigint generated always as identity primary key,
  channel_id    uuid not null,
  listing_id    uuid not null,
  -- The claim it was sent under.
  lease         uuid not null,
  quantity      integer not null,
  position      bigint not null,
  -- When the ledger recorded the event at `position`; when the call began; when the channel's answer was in.
  recorded_at   timestamptz not null,
  requested_at  timestamptz not null,
  answered_at   timestamptz not null,
  outcome       text not null,
  detail        text,
  constraint push_outcome_known check (outcome in ('accepted', 'stale', 'rejected', 'retry', 'failed'))
);
create index push_by_listing on push (listing_id, push_id);
create index push_by_time on push (answered_at);
create index push_by_channel on push (channel_id, answered_at);

-- Followers' positions in the ledger's log.
create table checkpoint (
  name         text primary key,
  position     bigint not null,
  -- A rebuild replays up to here without telling anybody: those events were acted on before.
  quiet_until  bigint not null default 0,
  updated_at   timestamptz not null default now()
);
insert into checkpoint (name, position) values ('hub', 0);

-- Every verified inbound delivery, stored before it is answered; and (topic `poll`) each polled order that could not be
-- recorded whole.
create table inbox (
  inbox_id      bigint generated always as identity primary key,
  channel_id    uuid not null references channel on delete cascade,
  delivery_id   text not null,
  topic         text not null,
  headers       jsonb not null,
  body          bytea not null,
  received_at   timestamptz not null default now(),
  -- received: not processed yet; processed; failed: an attempt failed and will be repeated; dead: it never can succeed as it is.
  status        text not null default 'received',
  attempts      integer not null default 0,
  -- How many times the channel sent it again; those changed nothing.
  redeliveries  integer not null default 0,
  error         text,
  -- With `dead`. unmapped: what it names is not mapped; it becomes `received` again when listings of its channel are.
  error_code    text,
  processed_at  timestamptz,
  constraint inbox_delivery_once unique (channel_id, delivery_id),
  constraint inbox_status_known check (status in ('received', 'processed', 'failed', 'dead')),
  constraint inbox_error_code_known check (error_code in ('unmapped'))
);
create index inbox_open on inbox (inbox_id) where status in ('received', 'failed');
create index inbox_unmapped on inbox (channel_id) where status = 'dead' and error_code = 'unmapped';

-- A sale the ledger had to record although the units were not there: which order, which window, how late each hop was.
create table oversell_case (
  position      bigint primary key,
  merchant_id   text not null,
  sku           text not null,
  location_id   text not null,
  event_id      text not null,
  order_id      text,
  source        text not null,
  quantity      integer not null,
  -- Units short after this sale.
  short         bigint not null,
  -- The sale on the channel; when the ledger recorded it; when the hub saw it.
  sold_at       timestamptz not null,
  recorded_at   timestamptz not null,
  seen_at       timestamptz not null default now(),
  resolved_at   timestamptz
);
create index oversell_case_open on oversell_case (merchant_id) where resolved_at is null;

-- Parts that listen nowhere tell so that they work: the newest beat of each on each machine.
create table heartbeat (
  part     text not null,
  host     text not null,
  beat_at  timestamptz not null,
  primary key (part, host)
);
