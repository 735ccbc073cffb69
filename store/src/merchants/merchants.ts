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
