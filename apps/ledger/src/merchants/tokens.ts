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

/** A token as it may be shown: what it is named by tells nothing of it. */
export interface TokenEntry {
  readonly tokenId: string;
  readonly label: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** All of a merchant's tokens, also the revoked ones, oldest first. */
export async function listTokens(pool: pg.Pool, merchantId: string): Promise<TokenEntry[]> {
  const found = await pool.query<TokenEntry>(
    `select ${ENTRY} from token where merchant_id = $1 order by created_at, token_hash`,
    [merchantId],
  );
  return found.rows;
}

/** Ends a token for good; a repeat changes nothing. @returns undefined when the merchant has no such token. */
export async function revokeToken(pool: pg.Pool, merchantId: string, tokenId: string): Promise<TokenEntry | undefined> {
  const found = await pool.query<TokenEntry>(
    `update token set revoked_at = coalesce(revoked_at, now()) where merchant_id = $1 and ${TOKEN_ID} = $2
     returning ${ENTRY}`,
    [merchantId, tokenId],
  );
  return found.rows[0];
}

/** Part of the hash: enough to tell tokens apart, and of no use to whoever looks for one. */
const TOKEN_ID = "encode(substring(token_hash from 1 for 8), 'hex')";
const ENTRY = `${TOKEN_ID} as "tokenId", label, created_at as "createdAt", revoked_at as "revokedAt"`;

export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
