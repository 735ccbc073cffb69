import type { CallContext, UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "../client.ts";
import type { TradingListing } from "../listing.ts";
import type { Revision } from "../revision.ts";
import { fromTrading, TradingError } from "./errors.ts";
import { asText, many } from "./xml.ts";

/** ReviseInventoryStatus takes four (Trading API: ReviseInventoryStatus). */
export const REVISIONS_PER_TRADING_CALL = 4;

const Revised = z.object({ ItemID: z.string(), SKU: z.string().optional() });
/** `PartialFailure` is not thrown by the package, nor is a `Warning`, which is a success with remarks. */
const Answer = z.object({
  Ack: z.enum(["Success", "Warning", "PartialFailure", "Failure"]),
  Errors: many(TradingError),
  InventoryStatus: many(Revised),
});

/**
 * Revises up to four listings that were not made by the Inventory API. `Quantity` is the units to be had now.
 * @returns for each its outcome; undefined where others of the call were revised and it was not, for the answer does
 *   not say which of its errors belongs to which listing. One that is sent alone gets an outcome or an error.
 */
export async function reviseByTrading(
  client: EbayClient,
  revisions: readonly Revision<TradingListing>[],
  call: CallContext,
): Promise<readonly (UpdateOutcome | undefined)[]> {
  const InventoryStatus = revisions.map(({ external, quantity, price }) => ({
    ItemID: external.itemId,
    ...(external.variationSku !== null && { SKU: external.variationSku }),
    ...(price && { StartPrice: { "@_currencyID": price.currency, "#value": price.amount } }),
    ...(quantity !== undefined && { Quantity: quantity }),
  }));
  const {
    Ack,
    Errors,
    InventoryStatus: revised,
  } = await client.asSeller("trading", Answer, call, (api) =>
    api.trading.ReviseInventoryStatus({ InventoryStatus }, asText),
  );
  if (Ack === "Success" || Ack === "Warning") return revisions.map(() => ({ status: "accepted" }));
  if (Ack === "Failure" || revisions.length === 1) throw fromTrading(Errors);
  return revisions.map(({ external }) =>
    revised.some((one) => isOf(one, external)) ? { status: "accepted" } : undefined,
  );
}

function isOf({ ItemID, SKU }: z.infer<typeof Revised>, { itemId, variationSku }: TradingListing): boolean {
  return ItemID === itemId && (variationSku === null || SKU === variationSku);
}
