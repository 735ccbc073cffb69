import { ChannelError, type ListingRef } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { id, quantity } from "./numbers.ts";

/** One SKU's stock at one ship node, in Walmart's three numbers: `availToSellQty = inputQty − reservedQty`. */
export interface NodeStock {
  readonly shipNode: string;
  readonly available: number;
  /** Sold on Walmart and not yet shipped. */
  readonly reserved: number;
}

/** The nodes of a SKU, as `/v3/inventories` tells them. The third of the numbers follows from the other two. */
export const Nodes = z
  .array(
    z.object({
      shipNode: id,
      inputQty: quantity.optional(),
      availToSellQty: quantity.optional(),
      reservedQty: quantity.optional(),
    }),
  )
  .default([])
  .transform((nodes) =>
    nodes.map((node): NodeStock => {
      const { inputQty = 0, availToSellQty = inputQty - (node.reservedQty ?? 0) } = node;
      const reserved = node.reservedQty ?? Math.max(0, inputQty - availToSellQty);
      return { shipNode: node.shipNode, available: Math.max(0, availToSellQty), reserved };
    }),
  );

const NodesAnswer = z.object({ nodes: Nodes });

/**
 * Reads what Walmart holds of one SKU, node by node.
 * @throws {ChannelError} a 404 for a SKU Walmart does not know, has not ingested yet, or fulfills itself (WFS).
 */
export async function readNodes(client: WalmartClient, sku: string, limits: CallLimits): Promise<readonly NodeStock[]> {
  const answer = await client.send(
    { bucket: "inventory_read", method: "GET", path: inventoriesPath(sku), answer: NodesAnswer },
    limits,
  );
  return answer.nodes;
}

/** The same; none for a SKU that Walmart has no seller inventory of. */
export async function findNodes(client: WalmartClient, sku: string, limits: CallLimits): Promise<readonly NodeStock[]> {
  try {
    return await readNodes(client, sku, limits);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** A SKU may hold `/ # +` and spaces, so it is encoded. @throws {ChannelError} `rejected` for one no path can name. */
export function inventoriesPath(sku: string): string {
  if (/^\.\.?$/.test(sku)) {
    throw new ChannelError("rejected", `The SKU ${sku} cannot be part of an address`, { code: "sku_not_addressable" });
  }
  return `/v3/inventories/${encodeURIComponent(sku)}`;
}

/** The ship node a listing's quantity belongs to; null: the only one there is. */
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
