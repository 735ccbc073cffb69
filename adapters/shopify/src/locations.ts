import type { CallContext, ExternalLocation } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { allNodes, PageInfo } from "./paging.ts";

const Locations = z.object({
  locations: z.object({ nodes: z.array(z.object({ id: z.string(), name: z.string() })), pageInfo: PageInfo }),
});

const listLocations: Operation<z.infer<typeof Locations>> = {
  document: `query Locations($after: String) {
    locations(first: 250, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
  }`,
  cost: 20,
  answer: Locations,
};

/** The shop's active locations; Shopify leaves inactive ones out by default. */
export async function locations(client: ShopifyClient, call: CallContext): Promise<readonly ExternalLocation[]> {
  const read = async (after: string | null) => (await client.run(listLocations, { after }, call)).locations;
  const found = await allNodes(await read(null), read);
  return found.map(({ id, name }) => ({ externalLocationId: id, name }));
}
