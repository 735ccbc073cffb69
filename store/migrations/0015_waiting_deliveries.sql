-- Why:  deliveries about which a channel must be asked that has to be connected again failed without end, and the sweep took the
--       oldest of all channels: five hundred of those hid everyone else's. They now wait, and the sweep looks at each channel.
-- Lock: inbox while the constraint is checked and the indexes are made, as long as it takes to read the table three times.
-- Undo: update inbox set status = 'failed' where status = 'waiting'; make constraint and inbox_open as 0001 does; drop inbox_waiting.

-- waiting: the channel must be asked about it, and has to be connected again before.
alter table inbox
  drop constraint inbox_status_known,
  add constraint inbox_status_known check (status in ('received', 'processed', 'failed', 'waiting', 'dead'));

drop index inbox_open;
create index inbox_open on inbox (channel_id, received_at) where status in ('received', 'failed');
create index inbox_waiting on inbox (channel_id, received_at) where status = 'waiting';
