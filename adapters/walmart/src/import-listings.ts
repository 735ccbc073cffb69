import { ChannelError, type CallContext, type ImportedListing, type ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { inTurn } from "./in-turn.ts";
import { readNodes, shownAt, type NodeStock } from "./nodes.ts";
import { wholeNumber } from "./numbers.ts";
import { LISTINGS_PER_CALL } from "./push-inventory.ts";

/**
 * Walmart would give 50, but each item's quantity is one more call at 200 a minute: 20 items take six seconds when
 * the bucket is empty, 50 would outlast a call's deadline.
 */
const PAGE_SIZE = 20;
/** Walmart's limit of `offset`. */
const MAX_OFFSET = 10_000;
const MAX_RESTARTS = 3;

const ItemsAnswer = z.object({
  ItemResponse: z
    .array(z.object({ sku: z.string(), productName: z.string().optional(), lifecycleStatus: z.string().optional() }))
    .default([]),
  totalItems: wholeNumber.optional(),
  nextCursor: z.string().optional(),
});
type Item = z.infer<typeof ItemsAnswer>["ItemResponse"][number];

/**
 * Where an import is. Walmart's cursor names a snapshot of the catalog and stays the same over all pages; `offset`
 * moves. A snapshot lives about two minutes, so an import that paused longer starts over, `restarts` times at most.
 */
const Position = z.object({ snapshot: z.string(), offset: z.int(), restarts: z.int() });
type Position = z.infer<typeof Position>;

const start: Position = { snapshot: "*", offset: 0, restarts: 0 };

/**
 * One page of the seller's items, each with what buyers can buy now.
 * @throws {ChannelError} `rejected` `too_many_items` past the 10,000th item, which Walmart does not list this way.
 */
export async function importListings(
  client: WalmartClient,
  settings: WalmartSettings,
  cursor: string | null,
  call: CallContext,
): Promise<ImportPage> {
  const asked = cursor === null ? start : Position.parse(JSON.parse(cursor));
  const { position, page } = await readPage(client, asked, call);
  const listings = await inTurn(page.ItemResponse, LISTINGS_PER_CALL, async (item) =>
    toListing(item, settings, await nodesOf(client, item.sku, call)),
  );
  const offset = position.offset + listings.length;
  const snapshot = position.snapshot === start.snapshot ? page.nextCursor : position.snapshot;
  const isLast = listings.length === 0 || offset >= (page.totalItems ?? Number.POSITIVE_INFINITY);
  if (isLast || snapshot === undefined) return { listings, next: null };
  return { listings, next: JSON.stringify({ snapshot, offset, restarts: position.restarts } satisfies Position) };
}

async function readPage(
  client: WalmartClient,
  position: Position,
  call: CallContext,
): Promise<{ position: Position; page: z.infer<typeof ItemsAnswer> }> {
  if (position.offset > MAX_OFFSET) {
    throw new ChannelError("rejected", `Walmart lists no more than ${MAX_OFFSET} items this way`, {
      code: "too_many_items",
    });
  }
  const path = `/v3/items?limit=${PAGE_SIZE}&nextCursor=${encodeURIComponent(position.snapshot)}&offset=${position.offset}`;
  try {
    return { position, page: await client.send({ bucket: "items", method: "GET", path, answer: ItemsAnswer }, call) };
  } catch (error) {
    // No items is a 404 here, not an empty list.
    if (isNotFound(error)) return { position, page: { ItemResponse: [] } };
    if (isExpired(error) && position.offset > 0 && position.restarts < MAX_RESTARTS) {
      return await readPage(client, { ...start, restarts: position.restarts + 1 }, call);
    }
    throw error;
  }
}

/** A snapshot that ran out is refused as an invalid cursor. */
function isExpired(error: unknown): boolean {
  return error instanceof ChannelError && error.httpStatus === 400;
}

async function nodesOf(client: WalmartClient, sku: string, call: CallContext): Promise<readonly NodeStock[]> {
  try {
    return await readNodes(client, sku, call);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function toListing(item: Item, settings: WalmartSettings, nodes: readonly NodeStock[]): ImportedListing {
  const node = settings.shipNode ?? null;
  return {
    sku: item.sku,
    externalId: item.sku,
    externalLocationId: node,
    external: {},
    lineRef: item.sku,
    title: item.productName ?? item.sku,
    available: nodes.length === 0 ? null : shownAt(nodes, node).available,
    unsupported: whyUnsupported(item, settings, nodes),
  };
}

function whyUnsupported(item: Item, settings: WalmartSettings, nodes: readonly NodeStock[]): string | null {
  if (item.lifecycleStatus === "RETIRED" || item.lifecycleStatus === "ARCHIVED") {
    return `The item is ${item.lifecycleStatus.toLowerCase()} on Walmart.`;
  }
  if (nodes.length === 0) return "Walmart holds no seller inventory of it: fulfilled by Walmart, or not ingested yet.";
  if (nodes.length > 1 && settings.shipNode === undefined) {
    return "It is kept at several ship nodes: name the one to write in the channel's settings.";
  }
  return null;
}
