import type { Vault } from "@lastunit/config";
import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";

export interface Merchant {
  readonly merchantId: string;
  /** The merchant's data key, wrapped by the vault's keys. */
  readonly wrappedDataKey: string;
}

/**
 * Makes the merchant unless it is there, with a data key of its own.
 *
 * @throws {StoreError} `merchant_id_malformed`
 */
export async function ensureMerchant(db: Queryable, vault: Vault, merchantId: string): Promise<void> {
  const insert = "insert into merchant (merchant_id, wrapped_data_key) values ($1, $2) on conflict do nothing";
  await naming(db.query(insert, [merchantId, vault.createDataKey(merchantId)]));
}

export async function findMerchant(db: Queryable, merchantId: string): Promise<Merchant | undefined> {
  const { rows } = await db.query<Merchant>(
    `select merchant_id as "merchantId", wrapped_data_key as "wrappedDataKey" from merchant where merchant_id = $1`,
    [merchantId],
  );
  return rows[0];
}

/**
 * Wraps every merchant's data key by the vault's newest key, where it is wrapped by an older one. Safe to repeat, and
 * beside processes that know both keys.
 *
 * @throws {VaultError} `wrong_key` when none of the keys opens one; those before it are rewrapped.
 */
export async function rewrapDataKeys(
  db: Queryable,
  vault: Vault,
): Promise<{ readonly merchants: number; readonly rewrapped: number }> {
  const { rows } = await db.query<Merchant>(
    `select merchant_id as "merchantId", wrapped_data_key as "wrappedDataKey" from merchant order by merchant_id`,
  );
  let rewrapped = 0;
  for (const { merchantId, wrappedDataKey } of rows) {
    const newer = vault.rewrap(merchantId, wrappedDataKey);
    if (newer === undefined) continue;
    await db.query("update merchant set wrapped_data_key = $2 where merchant_id = $1 and wrapped_data_key = $3", [
      merchantId,
      newer,
      wrappedDataKey,
    ]);
    rewrapped += 1;
  }
  return { merchants: rows.length, rewrapped };
}
