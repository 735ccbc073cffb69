-- Why:  what a platform sends back is taken from the browser alone that set out for its consent page; a browser that was
--       lured there, or whoever got hold of a state, brings nothing in.
-- Lock: consent, brief. A consent that is under way meanwhile is bound to no browser and has to be begun again.
-- Undo: alter table consent drop column browser_hash;

-- SHA-256 of what that browser's cookie holds: random and long, so no salt is needed. Null: none has set out yet.
alter table consent add column browser_hash bytea;
