-- Why:  a merchant grants access on the platform's own page; what was asked for, and what came of it, waits here.
-- Lock: none, new table only.
-- Undo: drop the table.

create table consent (
  consent_id       uuid primary key,
  merchant_id      text not null references merchant,
  kind             text not null,
  -- SHA-256 of the state the platform brings back: random and long, so no salt is needed.
  state_hash       bytea not null,
  -- What the channel is to be connected with; sealed under the merchant's key.
  request          text not null,
  -- Whoever exchanges what came back does so until then, alone.
  exchanging_until timestamptz,
  -- What came of it, once: the credentials and settings that were granted, sealed alike, or why there are none.
  account          text,
  refusal          text,
  expires_at       timestamptz not null,
  constraint consent_state_once unique (state_hash),
  constraint consent_answered_once check (account is null or refusal is null)
);
create index consent_by_expiry on consent (expires_at);
