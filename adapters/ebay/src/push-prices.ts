import type { CallContext, PriceUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import type { EbayClient } from "./client.ts";
import { externalOf } from "./listing.ts";
import { revise } from "./revise.ts";
import type { Revision } from "./revision.ts";

/**
 * Sets what buyers are asked. eBay keeps one price a listing: a sale is its lower price until the sale is taken back,
 * so one with a future start or an end would begin too early or never end, and is not taken.
 */
export async function pushPrices(
  client: EbayClient,
  updates: readonly PriceUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const now = Date.now();
  const revisions = updates.filter((update) => !isScheduled(update, now)).map((update) => revisionOf(update, now));
  const taken = (revisions.length > 0 ? await revise(client, revisions, call) : []).values();
  return updates.map((update) => (isScheduled(update, now) ? scheduled : (taken.next().value ?? scheduled)));
}

const scheduled: UpdateOutcome = {
  status: "rejected",
  code: "sale_schedule",
  message: "eBay shows a sale price for as long as it stands: push it when it starts, without an end",
};

function isScheduled({ sale }: PriceUpdate, now: number): boolean {
  if (!sale || isOver(sale, now)) return false;
  return sale.until !== null || (sale.from !== null && Date.parse(sale.from) > now);
}

function isOver({ until }: NonNullable<PriceUpdate["sale"]>, now: number): boolean {
  return until !== null && Date.parse(until) <= now;
}

function revisionOf({ listing, price, sale }: PriceUpdate, now: number): Revision {
  const asked = sale && !isOver(sale, now) ? sale.price : price;
  return { sku: listing.externalId, external: externalOf(listing), price: asked };
}
