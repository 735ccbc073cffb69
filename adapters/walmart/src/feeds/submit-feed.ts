import {
  ChannelError,
  notSubmitted,
  type CallContext,
  type FeedCapability,
  type InventoryUpdate,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "../client.ts";
import { inputQuantity } from "../input-quantity.ts";
import type { Seller } from "../locations.ts";
import { shownAt } from "../nodes.ts";
import { sendScarce } from "../scarce.ts";
import { feedFile, feedFileName, FEED_TYPE, type FeedRow } from "./feed-file.ts";
import { findFeed } from "./find-feed.ts";
import { placed } from "./placed.ts";
import { findReserved, readSome } from "./unshipped.ts";

/**
 * A feed takes minutes, in which none of its listings may be written otherwise. A thousand single writes take five
 * minutes at 200 a minute; only beyond that is a feed the shorter way. 4,000 rows of the longest SKUs fit a megabyte.
 */
export const feedCapability: FeedCapability = { from: 1_000, listings: 4_000 };

/** A submission that lasts longer is looked up instead, in what is left of the call's deadline. */
const SUBMIT_MS = 9_000;

const SubmitAnswer = z.object({ feedId: z.string().min(1) });

/**
 * Hands Walmart a file of quantities. Each is what buyers shall see plus what Walmart holds as sold and not yet shipped,
 * as of now. Where that can't be read of all, it is left out: too little is shown until `collectFeed` has it written anew.
 *
 * A listing whose ship node is not known is not in the file; `collectFeed` says so.
 * @throws {ChannelError} `rejected` when no listing can be in the file, or the file is too large; `unavailable` with the code
 *   `not_submitted` when Walmart was not even handed it.
 */
export async function submitFeed(
  client: WalmartClient,
  seller: Seller,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<string> {
  const rows = await rowsOf(client, seller, updates, call).catch((error: unknown) => {
    throw notSubmitted(error);
  });
  return await submit(client, rows, call);
}

async function rowsOf(
  client: WalmartClient,
  seller: Seller,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly FeedRow[]> {
  const placedUpdates = await placed(updates, seller, call);
  const known = placedUpdates.flatMap(({ update, shipNode }) => (shipNode === undefined ? [] : [{ update, shipNode }]));
  if (known.length === 0) {
    throw new ChannelError("rejected", "No listing of the feed has a ship node", { code: "ship_node_needed" });
  }
  const mayBeReserved = await findReserved(client, null, call);
  const skus = known.map(({ update }) => update.listing.externalId).filter(mayBeReserved);
  const held = await readSome(client, skus, call);
  return known.map(({ update: { listing, quantity }, shipNode }) => {
    const { reserved } = shownAt(held.get(listing.externalId) ?? [], shipNode);
    return { sku: listing.externalId, shipNode, amount: inputQuantity(quantity, reserved) };
  });
}

async function submit(client: WalmartClient, rows: readonly FeedRow[], call: CallContext): Promise<string> {
  const fileName = feedFileName(call.idempotencyKey);
  const body = new FormData();
  body.set("file", new Blob([feedFile(rows)], { type: "application/json" }), fileName);
  const submittedAt = Date.now();
  try {
    const { feedId } = await sendScarce(
      client,
      { bucket: "feed_submit", method: "POST", path: `/v3/feeds?feedType=${FEED_TYPE}`, body, answer: SubmitAnswer },
      { signal: AbortSignal.any([call.signal, AbortSignal.timeout(SUBMIT_MS)]) },
    );
    return feedId;
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "unavailable") throw error;
    // The feed may exist all the same. A second one could be worked off after newer writes.
    const skus = new Set(rows.map(({ sku }) => sku));
    const looking = findFeed(client, { fileName, rows: skus.size, submittedAt }, call);
    // Whatever keeps us from looking, it stays unknown.
    const found = await looking.catch(() => undefined);
    if (found !== undefined) return found;
    throw error;
  }
}
