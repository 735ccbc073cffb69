import { hash, randomBytes } from "node:crypto";
import type pg from "pg";

/** Makes the merchant unless it is there. */
export async function ensureMerchant(pool: pg.Pool, merchantId: string): Promise<void> {
  await pool.query("insert into merchant (merchant_id) values ($1) on conflict do nothing", [merchantId]);
}

export async function merchantExists(pool: pg.Pool, merchantId: string): Promise<boolean> {
  const found = await pool.query("select 1 from merchant where merchant_id = $1", [merchantId]);
  return found.rowCount === 1;
}

/** Makes a bearer token for a merchant and returns it: this is the only time it can be read. */
export async function createToken(pool: pg.Pool, merchantId: string, label: string): Promise<string> {
  const token = `lu_${randomBytes(24).toString("base64url")}`;
  await storeToken(pool, merchantId, token, label);
  return token;
}

/** Makes a given token valid for a merchant. */
export async function storeToken(pool: pg.Pool, merchantId: string, token: string, label: string): Promise<void> {
  await pool.query(
    "insert into token (token_hash, merchant_id, label) values ($1, $2, $3) on conflict (token_hash) do nothing",
    [hashToken(token), merchantId, label],
  );
}

/** Whose token it is; undefined when it is unknown or revoked. */
export async function findTokenOwner(pool: pg.Pool, token: string): Promise<string | undefined> {
  const found = await pool.query<{ merchant_id: string }>({
    name: "token-owner",
    text: "select merchant_id from token where token_hash = $1 and revoked_at is null",
    values: [hashToken(token)],
  });
  return found.rows[0]?.merchant_id;
}

export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
