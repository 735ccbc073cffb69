-- Why:  a merchant grants access on the platform's own page; what was asked for waits here until it comes back.
-- Lock: none, new table only.
-- Undo: drop the table.

create table consent (
  consent_id   uuid primary key,
  merchant_id  text not null references merchant,
  kind         text not null,
  -- SHA-256 of the state the platform brings back: random and long, so no salt is needed.
  state_hash   bytea not null,
  -- What the channel is to be connected with, and the query the browser came back with; sealed under the merchant's key.
  request      text not null,
  callback     text,
  expires_at   timestamptz not null,
  constraint consent_state_once unique (state_hash)
);
create index consent_by_expiry on consent (expires_at);
