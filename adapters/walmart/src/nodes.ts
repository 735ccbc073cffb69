import type { ListingRef } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { quantity } from "./numbers.ts";

/** One SKU's stock at one ship node, in Walmart's three numbers: `availToSellQty = inputQty − reservedQty`. */
export interface NodeStock {
  readonly shipNode: string;
  readonly available: number;
  /** Sold on Walmart and not yet shipped. */
  readonly reserved: number;
}

const NodesAnswer = z.object({
  nodes: z
    .array(
      z.object({
        shipNode: z.string(),
        availToSellQty: quantity.optional(),
        reservedQty: quantity.optional(),
      }),
    )
    .default([]),
});

/**
 * Reads what Walmart holds of one SKU, node by node.
 * @throws {ChannelError} a 404 for a SKU Walmart does not know, has not ingested yet, or fulfills itself (WFS).
 */
export async function readNodes(client: WalmartClient, sku: string, limits: CallLimits): Promise<readonly NodeStock[]> {
  const answer = await client.send(
    { bucket: "inventory_read", method: "GET", path: inventoriesPath(sku), answer: NodesAnswer },
    limits,
  );
  return answer.nodes.map((node) => ({
    shipNode: node.shipNode,
    available: Math.max(0, node.availToSellQty ?? 0),
    reserved: node.reservedQty ?? 0,
  }));
}

/** A SKU may hold `/ # +` and spaces, so it is encoded. */
export function inventoriesPath(sku: string): string {
  return `/v3/inventories/${encodeURIComponent(sku)}`;
}

/** The ship node a listing's quantity belongs to; null: the only one the SKU has. */
export function namedNode(listing: Pick<ListingRef, "externalLocationId">, settings: WalmartSettings): string | null {
  return listing.externalLocationId ?? settings.shipNode ?? null;
}

/** What a buyer can buy of a listing and what is reserved there; a node the SKU has never been at shows 0. */
export function shownAt(nodes: readonly NodeStock[], node: string | null): { available: number; reserved: number } {
  const counted = node === null ? nodes : nodes.filter((stock) => stock.shipNode === node);
  return {
    available: counted.reduce((sum, stock) => sum + stock.available, 0),
    reserved: counted.reduce((sum, stock) => sum + stock.reserved, 0),
  };
}
