import type { CallContext, ExternalLocation } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { id } from "./numbers.ts";

const ShipNodes = z.array(z.object({ shipNode: id, shipNodeName: z.string().optional() }));
/** Sellers add a node once in a while, and every push would ask. */
const REMEMBER_MS = 10 * 60_000;

/** The seller's ship nodes. */
export async function locations(client: WalmartClient, call: CallContext): Promise<readonly ExternalLocation[]> {
  const nodes = await client.send(
    { bucket: "ship_nodes", method: "GET", path: "/v3/settings/shipping/shipnodes", answer: ShipNodes },
    call,
  );
  return nodes.map((node) => ({ externalLocationId: node.shipNode, name: node.shipNodeName ?? node.shipNode }));
}

/** The ids of the seller's ship nodes, asked for once in ten minutes. */
export type NodesOfAccount = (call: CallContext) => Promise<readonly string[]>;

/** What is known of the seller besides the keys. */
export interface Seller {
  readonly settings: WalmartSettings;
  readonly nodesOfAccount: NodesOfAccount;
}

export function rememberNodes(client: WalmartClient): NodesOfAccount {
  let known: { readonly ids: readonly string[]; readonly until: number } | undefined;
  return async (call) => {
    if (known && Date.now() < known.until) return known.ids;
    const ids = (await locations(client, call)).map(({ externalLocationId }) => externalLocationId);
    known = { ids, until: Date.now() + REMEMBER_MS };
    return ids;
  };
}
