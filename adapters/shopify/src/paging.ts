import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";

/** Where a connection goes on (Shopify docs: paginating results with GraphQL). */
export const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

export interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: z.infer<typeof PageInfo>;
}

/** All nodes of a connection, of which the first page is here already. */
export async function allNodes<T>(
  first: Page<T>,
  read: (after: string | null) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const nodes = [...first.nodes];
  let { pageInfo } = first;
  while (pageInfo.hasNextPage) {
    const page = await read(pageInfo.endCursor);
    nodes.push(...page.nodes);
    ({ pageInfo } = page);
  }
  return nodes;
}

/**
 * Reads with the largest of the sizes that Shopify lets through. A query of more than 1,000 points is refused, and how
 * the points of nested lists are counted is not published.
 * @param sizes from the largest to the smallest.
 */
export async function withinCost<T>(sizes: readonly number[], read: (size: number) => Promise<T>): Promise<T> {
  let tooCostly: ChannelError | undefined;
  for (const size of sizes) {
    try {
      return await read(size);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== "MAX_COST_EXCEEDED") throw error;
      tooCostly = error;
    }
  }
  throw tooCostly ?? new RangeError("no size to read with");
}
