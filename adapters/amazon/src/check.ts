import { ChannelError, type CallContext, type ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient, AmazonRequest } from "./client.ts";
import { ListingPage, LISTINGS_VERSION } from "./listings.ts";

const Participations = z.object({
  payload: z.array(
    z.object({
      marketplace: z.object({ id: z.string(), name: z.string().optional() }),
      participation: z.object({ isParticipating: z.boolean(), hasSuspendedListings: z.boolean().optional() }),
    }),
  ),
});
type Participation = z.infer<typeof Participations>["payload"][number];

/**
 * Proves the authorization, the marketplace, and by reading one listing that the seller id and the role that listings
 * need are right.
 */
export async function check(client: AmazonClient, call: CallContext): Promise<ConnectionReport> {
  const { sellerId, marketplaceId } = client.settings;
  const { payload } = await client.asSeller(
    {
      name: "getMarketplaceParticipations",
      operation: "sellers.getMarketplaceParticipations",
      version: "v1",
      answer: Participations,
    },
    call,
  );
  const problems = marketplaceProblems(payload, marketplaceId);
  if (problems.length === 0) problems.push(...(await listingProblems(client, call)));
  return { ok: problems.length === 0, account: sellerId, problems };
}

function marketplaceProblems(participations: readonly Participation[], marketplaceId: string): string[] {
  const found = participations.find(({ marketplace }) => marketplace.id === marketplaceId);
  if (!found) {
    const known = participations.map(({ marketplace }) => `${marketplace.id} (${marketplace.name ?? "unnamed"})`);
    return [
      `The account does not sell in marketplace ${marketplaceId}; choose one of: ${known.join(", ") || "none found"}, and check the region.`,
    ];
  }
  const name = found.marketplace.name ?? marketplaceId;
  const problems: string[] = [];
  if (!found.participation.isParticipating)
    problems.push(`The account is not active in ${name}; activate it in Seller Central.`);
  if (found.participation.hasSuspendedListings)
    problems.push(`Listings in ${name} are suspended; see account health in Seller Central.`);
  return problems;
}

async function listingProblems(client: AmazonClient, call: CallContext): Promise<string[]> {
  const { sellerId, marketplaceId } = client.settings;
  const request: AmazonRequest<unknown> = {
    name: "searchListingsItems",
    operation: "listingsItems.searchListingsItems",
    version: LISTINGS_VERSION,
    path: { sellerId },
    query: { marketplaceIds: marketplaceId, pageSize: "1" },
    answer: ListingPage,
  };
  try {
    await client.asSeller(request, call);
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError) || error.httpStatus !== 403) throw error;
    return [
      `Amazon refuses access to the listings of seller ${sellerId}: check the seller ID, give the app the role "Product Listing" and authorize it again.`,
    ];
  }
}
