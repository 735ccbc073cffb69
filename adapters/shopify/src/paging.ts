import { z } from "zod";

/** Where a connection goes on (Shopify docs: paginating results with GraphQL). */
export const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
