-- Why:  a ledger process that remembers balances must see when they were corrected beside the log (docs/adr/0010).
-- Lock: log_head, for a moment.
-- Undo: drop the column.

-- Counts the corrections a replay made to balances and reservations.
alter table log_head add column generation bigint not null default 0;
