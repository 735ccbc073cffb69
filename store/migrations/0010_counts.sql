-- Why:  a channel's listings are counted without reading each. Of `listing`, which imports alone write, all are counted; of
--       sync_state, which every sale writes, only what is rare, by indexes that the others are not in.
-- Lock: listing and sync_state while their indexes are made, 0.5 s with 200,000 listings.
-- Undo: drop the indexes.

create index listing_by_match on listing (channel_id, matched_by);
create index listing_unsupported on listing (channel_id) where unsupported is not null;
create index listing_unmatched on listing (channel_id, (candidates = '{}'), channel_sku, listing_id) where matched_by is null;
create index sync_state_refused on sync_state (channel_id) where error_code is not null and can_be_pushed;
