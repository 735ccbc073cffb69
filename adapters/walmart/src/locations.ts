import type { CallContext, ExternalLocation } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";

const ShipNodes = z.array(z.object({ shipNode: z.string(), shipNodeName: z.string().optional() }));

/** The seller's ship nodes. */
export async function locations(client: WalmartClient, call: CallContext): Promise<readonly ExternalLocation[]> {
  const nodes = await client.send(
    { bucket: "ship_nodes", method: "GET", path: "/v3/settings/shipping/shipnodes", answer: ShipNodes },
    call,
  );
  return nodes.map((node) => ({ externalLocationId: node.shipNode, name: node.shipNodeName ?? node.shipNode }));
}
