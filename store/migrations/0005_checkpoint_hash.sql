-- Why:  a log that was restored from an older backup and has grown past the checkpoint again is told from the one that was
--       followed by the hash of the event at the checkpoint.
-- Lock: checkpoint, one row; brief.
-- Undo: alter table checkpoint drop column hash;

-- Null: not known; no event was applied since the last rebuild, or since this column is there.
alter table checkpoint add column hash bytea;
