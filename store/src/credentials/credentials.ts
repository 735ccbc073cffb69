import type { Vault } from "@lastunit/config";
import { DatabaseError, type Pool } from "pg";
import { inTransaction, within, type Queryable } from "../database.ts";
import { naming, StoreError } from "../errors.ts";
import { findMerchant } from "../merchants/merchants.ts";

/** Whose credentials they are. */
export interface CredentialOwner {
  readonly channelId: string;
  readonly merchantId: string;
}

/** A channel's credentials, which may be renewed by any process at any time. */
export interface CredentialBox<Credentials> {
  /** The newest stored value. @throws {StoreError} `credentials_missing` */
  read(): Promise<Credentials>;
  /**
   * Renews them single-flight across all processes: takes the channel's lock, re-reads, calls `renew` with what is stored
   * now, stores its result and returns it. When `renew` throws nothing is stored.
   *
   * @throws {StoreError} `credentials_missing`, `credentials_busy`
   */
  renew(renew: (current: Credentials) => Promise<Credentials>): Promise<Credentials>;
}

/** Longer than a renewal may take (a call's deadline is 15 s). */
const LOCK_WAIT_MS = 20_000;
/** Time for the database to say that the lock was not had. */
const ANSWER_MS = 5_000;

/**
 * Replaces a channel's credentials. A renewal under way ends first: what it grants is of the old ones, and must not be
 * stored over the new.
 *
 * @param record plain JSON values.
 * @throws {StoreError} `unknown_merchant`, `unknown_channel`, `credentials_busy`
 */
export async function saveCredentials(
  pool: Pool,
  vault: Vault,
  channel: CredentialOwner,
  record: object,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockCredentials(client, channel);
    await writeCredentials(client, vault, channel, record);
  });
}

/** Each top-level field is one row, sealed under the merchant's data key and bound to merchant, channel and field. */
async function writeCredentials(db: Queryable, vault: Vault, channel: CredentialOwner, record: object): Promise<void> {
  const merchant = await findMerchant(db, channel.merchantId);
  if (!merchant) throw new StoreError("unknown_merchant", `There is no merchant ${channel.merchantId}.`);
  const fields = Object.entries(record).filter(([, value]) => value !== undefined);
  const sealed = fields.map(([field, value]) =>
    vault.seal(merchant.wrappedDataKey, { ...ownerOf(channel), field }, JSON.stringify(value)),
  );
  const save = db.query(SAVE, [channel.channelId, fields.map(([field]) => field), sealed]);
  await naming(save);
}

const SAVE = `
with gone as (delete from channel_credential where channel_id = $1 and field <> all($2::text[]))
insert into channel_credential (channel_id, field, ciphertext)
select $1, field, ciphertext from unnest($2::text[], $3::text[]) as u(field, ciphertext)
on conflict (channel_id, field) do update set ciphertext = excluded.ciphertext, updated_at = now()`;

/** @param parse validates what was stored: the adapter's credentials schema. */
export function createCredentialBox<Credentials extends object>(
  pool: Pool,
  vault: Vault,
  channel: CredentialOwner,
  parse: (stored: unknown) => Credentials,
): CredentialBox<Credentials> {
  return {
    read: async () => parse(await readCredentials(pool, vault, channel)),
    async renew(renew) {
      return await inTransaction(pool, async (client) => {
        await lockCredentials(client, channel);
        const current = parse(await readCredentials(client, vault, channel));
        const renewed = await renew(current);
        await writeCredentials(client, vault, channel, renewed);
        return renewed;
      });
    },
  };
}

/** Until the transaction ends nobody else renews or replaces them. */
async function lockCredentials(db: Queryable, { channelId }: CredentialOwner): Promise<void> {
  await db.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
  const text = "select pg_advisory_xact_lock(hashtext('lastunit credentials'), hashtext($1))";
  // A pool that waits for its queries for less must not take a renewal of another process for a database that hangs.
  const lock = db.query(within(LOCK_WAIT_MS + ANSWER_MS, text, [channelId]));
  await lock.catch(busy);
}

async function readCredentials(db: Queryable, vault: Vault, channel: CredentialOwner): Promise<unknown> {
  const { rows } = await db.query<{ field: string; ciphertext: string; key: string }>(
    `select field, ciphertext, wrapped_data_key as key from channel_credential
     join channel using (channel_id) join merchant using (merchant_id) where channel_id = $1`,
    [channel.channelId],
  );
  if (rows.length === 0) {
    throw new StoreError("credentials_missing", `Channel ${channel.channelId} has no stored credentials.`);
  }
  const open = (field: string, key: string, ciphertext: string): unknown =>
    JSON.parse(vault.open(key, { ...ownerOf(channel), field }, ciphertext));
  return Object.fromEntries(rows.map(({ field, key, ciphertext }) => [field, open(field, key, ciphertext)]));
}

const LOCK_NOT_AVAILABLE = "55P03";

function busy(error: unknown): never {
  if (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE) {
    throw new StoreError("credentials_busy", "Another process is still renewing these credentials.", { cause: error });
  }
  throw error;
}

/** Only these two: an owner may be a whole channel row. */
function ownerOf({ merchantId, channelId }: CredentialOwner): CredentialOwner {
  return { merchantId, channelId };
}
