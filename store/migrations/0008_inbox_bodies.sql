-- Why:  the bodies of processed deliveries are emptied after some days (they may name buyers); the hash still tells whether
--       something is what was delivered. The index finds the next ones without reading those that are empty.
-- Lock: inbox while the index is made, as long as it takes to read the table once.
-- Undo: drop the index and the column; bodies that were emptied are gone.

-- Of the body that was emptied; null: the body is still there.
alter table inbox add column body_sha256 bytea;
create index inbox_bodies on inbox (processed_at) where status = 'processed' and body_sha256 is null;
