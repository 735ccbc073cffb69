-- Why:  channels whose writes show later than they are accepted, that count revisions, that take feeds, and that have to
--       be looked after day by day.
-- Lock: brief, on channel, listing and sync_state; new columns have constant defaults, so no table is rewritten.
-- Undo: drop the columns and tables.

alter table channel
  -- How long after it was accepted a quantity may not show yet; 0: it shows at once.
  add column applies_within_ms  integer not null default 0,
  -- How often a listing may be revised in a day; null: no limit.
  add column revisions_per_day  integer,
  -- How often its orders may be polled, in milliseconds between two polls; null: as often as we like.
  add column poll_every_ms      integer,
  -- Where the platform was told to send its events; null: nowhere.
  add column webhook_url        text,
  -- The daily look: when it was last begun, what it found wrong, and what the merchant must do by when.
  add column looked_at          timestamptz not null default now(),
  add column problems           jsonb not null default '[]',
  add column renew_by           timestamptz,
  add column renew_what         text;

alter table listing
  -- What the channel counts revisions by where several listings share it (an eBay listing with variations); null: itself.
  add column revision_key  text;

-- How many revisions are left, as a bucket that holds half a day's and is refilled by half a day's in a day: so no 24
-- hours, wherever the channel's day begins, see more than a whole day's.
create table revision_budget (
  channel_id    uuid not null references channel on delete cascade,
  revision_key  text not null,
  tokens        double precision not null,
  counted_at    timestamptz not null,
  primary key (channel_id, revision_key)
);

-- Many quantities that went to a channel as one job of its own. While it is open its listings stay claimed.
create table feed (
  feed_id       uuid primary key,
  channel_id    uuid not null references channel on delete cascade,
  -- The channel's id; null until it answered: whether it has the feed is then unknown.
  external_id   text,
  -- [{listing_id, quantity, expected, position, recorded_at}]; the lease of them all is the feed's id.
  pushes        jsonb not null,
  submitted_at  timestamptz not null default now(),
  -- When to ask what became of it; moved on by whoever asks.
  ask_at        timestamptz not null
);
create index feed_by_channel on feed (channel_id, ask_at);

alter table sync_state
  -- When to read back whether the channel shows what it accepted; null: nothing to confirm.
  add column confirm_at    timestamptz;
create index sync_state_unconfirmed on sync_state (channel_id, confirm_at) where confirm_at is not null;
