-- Why:  imports that go on where they stopped, and listings matched to the SKUs that are known already.
-- Lock: listing and stock_view are indexed; brief at the sizes there are before the first release.
-- Undo: drop what is created.

-- SKUs that people mean to be the same: case, width of characters, and runs of spaces, hyphens and underscores don't
-- count. Dots, slashes and zeros do: `1.10` is not `110`.
create function normalized_sku(sku text) returns text language sql immutable parallel safe
  return lower(regexp_replace(btrim(normalize(sku, NFKC)), '[[:space:]_-]+', '-', 'g'));

alter table listing
  -- The channel's own text, and its barcode; `sku` is the merchant's SKU it was matched to.
  add column channel_sku  text not null default '',
  add column barcode      text,
  -- How `sku` was found: exact, normalized, barcode; null: nothing known fits, or more than one does (`candidates`).
  add column matched_by   text,
  add column candidates   text[] not null default '{}',
  add constraint listing_matched_known check (matched_by in ('exact', 'normalized', 'barcode'));
update listing set channel_sku = sku;
create index listing_by_normalized_sku on listing (merchant_id, normalized_sku(sku));
create index listing_by_barcode on listing (merchant_id, barcode) where barcode is not null;
create index listing_by_channel_sku on listing (channel_id, channel_sku);
create index stock_view_by_normalized_sku on stock_view (merchant_id, normalized_sku(sku));

-- The last import of each channel's listings.
create table listing_import (
  channel_id   uuid primary key references channel on delete cascade,
  -- Where to go on; the adapter's own text. Null: at the start, or finished.
  cursor       text,
  -- Found so far: those that can be synced, those that can't, and how many there are in all (null: not known).
  imported     integer not null default 0,
  unsupported  integer not null default 0,
  total        integer,
  started_at   timestamptz not null default now(),
  finished_at  timestamptz,
  -- Why it does not go on right now, and when it does; moved on by whoever imports.
  error        text,
  due_at       timestamptz not null
);
create index listing_import_due on listing_import (due_at) where finished_at is null;
