import { DatabaseError } from "pg";

/**
 * What the store refuses, and what to do then:
 *
 * - `unknown_merchant`, `unknown_channel`: no such row; make it first.
 * - `merchant_id_malformed`: a merchant id is 1–40 lower case letters, digits and hyphens.
 * - `channel_key_taken`: this merchant already has a channel with the key; use that one.
 * - `allocation_malformed`: safety stock, minimum and cap are whole and not negative, the share is between 0 and 1.
 * - `log_gap`: the events do not follow the checkpoint; the ledger or the follower is broken, nothing was applied.
 * - `credentials_missing`: the channel has none stored; connect it.
 * - `credentials_busy`: another process has been renewing them for too long; try again.
 */
export type StoreErrorCode =
  | "unknown_merchant"
  | "unknown_channel"
  | "merchant_id_malformed"
  | "channel_key_taken"
  | "allocation_malformed"
  | "log_gap"
  | "credentials_missing"
  | "credentials_busy";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const byConstraint: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  merchant_id_shape: ["merchant_id_malformed", "A merchant id is 1 to 40 lower case letters, digits and hyphens."],
  channel_merchant_id_fkey: ["unknown_merchant", "There is no such merchant."],
  channel_key_once: ["channel_key_taken", "This merchant already has a channel for that account."],
  channel_credential_channel_id_fkey: ["unknown_channel", "There is no such channel."],
  channel_location_channel_id_fkey: ["unknown_channel", "There is no such channel."],
  listing_channel_id_fkey: ["unknown_channel", "There is no such channel."],
  inbox_channel_id_fkey: ["unknown_channel", "There is no such channel."],
  channel_safety_stock_whole: ["allocation_malformed", "Safety stock is not negative."],
  channel_share_fraction: ["allocation_malformed", "The share is between 0 and 1."],
  channel_minimum_whole: ["allocation_malformed", "The minimum is not negative."],
  channel_cap_whole: ["allocation_malformed", "The cap is not negative."],
  listing_safety_stock_whole: ["allocation_malformed", "Safety stock is not negative."],
  listing_share_fraction: ["allocation_malformed", "The share is between 0 and 1."],
  listing_minimum_whole: ["allocation_malformed", "The minimum is not negative."],
  listing_cap_whole: ["allocation_malformed", "The cap is not negative."],
};

/** Runs a statement whose constraints a user can run into, and names the constraint that was broken. */
export async function naming<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    const known = error instanceof DatabaseError ? byConstraint[error.constraint ?? ""] : undefined;
    if (known) throw new StoreError(known[0], known[1], { cause: error });
    throw error;
  }
}
