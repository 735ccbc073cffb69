-- Why:  eBay has two APIs with limits of their own: a throttle of one must hold only the listings that go by it, in every
--       process. And what a limit or a revision budget holds back must not hide from the sweep what could go.
-- Lock: listing and sync_state while the columns are filled (eBay's listings alone) and the index is made again, 0.3 s with
--       200,000 listings. New columns have constant defaults, so no table is rewritten.
-- Undo: drop push_hold, the columns and sync_state_held; make sync_state_behind as 0007 does.

alter table listing
  -- Which of its channel's limits its pushes spend, as the import named it; '': the channel has one for all.
  add column push_bucket  text not null default '';
update listing l set push_bucket = l.external ->> 'backend'
from channel c where c.channel_id = l.channel_id and c.kind = 'ebay' and l.external ->> 'backend' is not null;

-- A limit that is used up: until then no call that spends it is made, by any process.
create table push_hold (
  channel_id  uuid not null references channel on delete cascade,
  bucket      text not null,
  held_until  timestamptz not null,
  primary key (channel_id, bucket)
);

alter table sync_state
  -- `listing.push_bucket`, here so that whoever enqueues need not look there.
  add column push_bucket  text not null default '',
  -- Its push waits until then for a limit or its revision budget, as the last look at it found; what it must show has not
  -- changed since. Null: nothing is known to hold it.
  add column held_until   timestamptz;
update sync_state s set push_bucket = l.push_bucket from listing l where l.listing_id = s.listing_id and l.push_bucket <> '';

-- The sweep passes over what is held, and finds it again by the time.
drop index sync_state_behind;
create index sync_state_behind on sync_state (
    channel_id,
    (case when greatest(desired_quantity - unseen_units, 0) = 0 then 1
      when greatest(desired_quantity - unseen_units, 0) < shown_quantity then 2 else 3 end),
    desired_position
  )
  where shown_quantity is distinct from greatest(desired_quantity - unseen_units, 0) and error_code is null
    and push_lease is null and can_be_pushed and held_until is null;
create index sync_state_held on sync_state (channel_id, held_until)
  where shown_quantity is distinct from greatest(desired_quantity - unseen_units, 0) and error_code is null
    and push_lease is null and can_be_pushed and held_until is not null;
