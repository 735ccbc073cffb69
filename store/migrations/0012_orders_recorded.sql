-- Why:  units found missing on a channel were let go of once its orders had been polled, though the hub might not have
--       followed the log to where the poll recorded them: the listing was raised over a sale that the log held already.
-- Lock: brief on channel; a new column without a default.
-- Undo: drop the column.

-- When the poll of `orders_polled_at` had recorded all its orders, by the store's clock.
alter table channel add column orders_recorded_at timestamptz;
