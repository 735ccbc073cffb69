import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import { readItems } from "./read-items.ts";
import type { EbayClient } from "./client.ts";
import { externalOf, type TradingListing } from "./listing.ts";
import { readByTrading } from "./trading/read.ts";

/** What buyers can buy, in input order, each read by the API its listing was made with. */
export async function readInventory(
  client: EbayClient,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const known = listings.map((listing) => ({ listing, external: externalOf(listing) }));
  const items = known.filter(({ external }) => external.backend === "inventory");
  const listed = known.flatMap(({ external }): TradingListing[] => (external.backend === "trading" ? [external] : []));
  const skus = items.map(({ listing }) => listing.externalId);
  const ofItems = (await readItems(client, skus, call)).values();
  const ofListed = (await readByTrading(client, listed, call)).values();
  return known.map(({ external }) => nextOf(external.backend === "inventory" ? ofItems : ofListed));
}

function nextOf(outcomes: Iterator<ReadOutcome>): ReadOutcome {
  const { value, done } = outcomes.next();
  if (done) throw new Error("a listing was left without an outcome");
  return value;
}
