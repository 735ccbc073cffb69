-- Why:  what the listings of a channel must show, after what it is offered was changed, was worked out in one transaction; with
--       200,000 of them the log was not followed for as long as that took. Now it is done in pieces, and how far it is
--       stands here, so that it goes on after whoever did it has died.
-- Lock: listing while its index is made, 0.3 s with 200,000 listings; brief on channel, a new column without a default.
-- Undo: drop the column and the index.

-- The listings after this one, by id, are yet to be worked out anew. Null: none is.
alter table channel add column recompute_after uuid;

create index listing_by_channel on listing (channel_id, listing_id);
