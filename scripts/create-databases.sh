#!/bin/sh
# Run once by the postgres image when its volume is empty: two databases, each owned by a role that can reach no other.
set -eu

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
  --set=ledger_password="$LEDGER_DATABASE_PASSWORD" --set=store_password="$STORE_DATABASE_PASSWORD" <<'SQL'
create role ledger login password :'ledger_password';
create database ledger owner ledger;
revoke connect on database ledger from public;

create role store login password :'store_password';
create database store owner store;
revoke connect on database store from public;
SQL
