-- Why:  a listing whose SKU the ledger hears of later keeps what it showed at its import; and those not heard of are counted
--       without looking for what is not there.
-- Lock: none, new table only.
-- Undo: drop the table.

-- Listings without a row in sync_state: the ledger has not heard of their SKUs. Each listing is in one of the two, and goes
-- from here to there in the transaction that works out for the first time what it must show. Written only while the
-- checkpoint is held, as that is.
create table unheard_listing (
  listing_id      uuid primary key references listing on delete cascade,
  channel_id      uuid not null,
  -- Whether it can be synced at all (`listing.unsupported`), here so that counting need not look there.
  can_be_pushed   boolean not null,
  -- What its last import said it shows, less what the channel sold since, and when that was. Null: not known.
  shown_quantity  integer,
  shown_at        timestamptz
);
create index unheard_listing_by_channel on unheard_listing (channel_id) where can_be_pushed;
insert into unheard_listing (listing_id, channel_id, can_be_pushed)
select l.listing_id, l.channel_id, l.unsupported is null from listing l
where not exists (select from sync_state s where s.listing_id = l.listing_id);
