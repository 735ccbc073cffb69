-- Why:  two imports of one channel's listings could run side by side: asked for again, or connected again with other settings,
--       while one was under way; or given up for dead, and it went on. Each moved the other's cursor and counts, and pages
--       read with the old settings overwrote those read with the new ones. Only whoever holds the lease stores pages now.
-- Lock: listing_import, one row a channel; brief. An import that is under way meanwhile is gone on with once it is due.
-- Undo: alter table listing_import drop column lease.

-- Of whoever imports; drawn anew by each that begins or goes on. Null: nobody has since this column is there.
alter table listing_import add column lease uuid;
