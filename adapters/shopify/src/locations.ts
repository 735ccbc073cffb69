import type { CallContext, ExternalLocation } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { PageInfo } from "./paging.ts";

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
  const found: ExternalLocation[] = [];
  let after: string | null = null;
  do {
    const page: z.infer<typeof Locations> = await client.run(listLocations, { after }, call);
    const { nodes, pageInfo } = page.locations;
    found.push(...nodes.map(({ id, name }) => ({ externalLocationId: id, name })));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
