import { ChannelError, type CallContext, type ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "./client.ts";
import type { AmazonConnection } from "./connection.ts";
import { ListingPage, LISTINGS_VERSION } from "./listings.ts";
import type { QueueReader } from "./notifications/receive.ts";
import { ORDERS_VERSION } from "./orders.ts";

const DAY_MS = 24 * 3_600_000;
const authorization = {
  // Amazon docs, renew authorizations.
  lastsMs: 365 * DAY_MS,
  what: "Authorize the app again in Seller Central: Amazon ends every authorization after 365 days.",
};
const clientSecret = {
  // Amazon docs, rotate your application's LWA credentials.
  lastsMs: 180 * DAY_MS,
  what: "Make a new LWA client secret for the app and connect with it: Amazon ends every secret after 180 days.",
};

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
 * Proves the authorization, the marketplace, the seller id and both roles, by one small read for each, and that the
 * queue can be read.
 */
export async function check(
  connection: AmazonConnection,
  client: AmazonClient,
  queue: QueueReader,
  call: CallContext,
): Promise<ConnectionReport> {
  const { sellerId, marketplaceId } = client.settings;
  const marketplace = marketplaceProblems(await participations(client, call), marketplaceId);
  // Without the marketplace the reads would be refused for it.
  const problems = marketplace.length > 0 ? marketplace : await roleProblems(client, call);
  problems.push(...(await queueProblems(queue, call)));
  return { ok: problems.length === 0, account: sellerId, problems, renewBy: await renewBy(connection) };
}

async function participations(client: AmazonClient, call: CallContext): Promise<readonly Participation[]> {
  const { payload } = await client.asSeller(
    {
      name: "getMarketplaceParticipations",
      operation: "sellers.getMarketplaceParticipations",
      version: "v1",
      answer: Participations,
    },
    call,
  );
  return payload;
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

async function roleProblems(client: AmazonClient, call: CallContext): Promise<string[]> {
  const { sellerId } = client.settings;
  const problems: string[] = [];
  if (await isRefused(readOneListing(client, call))) {
    problems.push(
      `Amazon refuses access to the listings of seller ${sellerId}: check the seller ID, give the app the role "Product Listing" and authorize it again.`,
    );
  }
  if (await isRefused(readOneOrder(client, call))) {
    problems.push(
      `Amazon refuses access to orders: give the app the role "Inventory and Order Tracking" and authorize it again.`,
    );
  }
  return problems;
}

function readOneListing(client: AmazonClient, call: CallContext): Promise<unknown> {
  const { sellerId, marketplaceId } = client.settings;
  return client.asSeller(
    {
      name: "searchListingsItems",
      operation: "listingsItems.searchListingsItems",
      version: LISTINGS_VERSION,
      path: { sellerId },
      query: { marketplaceIds: marketplaceId, pageSize: "1" },
      answer: ListingPage,
    },
    call,
  );
}

function readOneOrder(client: AmazonClient, call: CallContext): Promise<unknown> {
  return client.asSeller(
    {
      name: "searchOrders",
      operation: "orders.searchOrders",
      version: ORDERS_VERSION,
      query: {
        // An end that Amazon puts two minutes back must not lie before it.
        createdAfter: new Date(Date.now() - 3_600_000).toISOString(),
        marketplaceIds: client.settings.marketplaceId,
        maxResultsPerPage: "1",
      },
      answer: z.unknown(),
    },
    call,
  );
}

async function isRefused(read: Promise<unknown>): Promise<boolean> {
  try {
    await read;
    return false;
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "unauthorized" && error.httpStatus === 403) return true;
    throw error;
  }
}

async function queueProblems(queue: QueueReader, call: CallContext): Promise<string[]> {
  try {
    await queue.probe(call);
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "rejected") throw error;
    return [
      `The SQS queue can't be read (${error.message}): check its address, and that the AWS keys may do sqs:ReceiveMessage and sqs:DeleteMessage on it.`,
    ];
  }
}

/**
 * What ends first. Both are counted from when they were first used here, unless the merchant authorized the app on
 * Amazon's page: Amazon tells neither.
 */
async function renewBy({ credentials }: AmazonConnection): Promise<ConnectionReport["renewBy"]> {
  const { authorizedAt, clientSecretSince } = await credentials.read();
  const ends = [endOf(clientSecret, clientSecretSince), endOf(authorization, authorizedAt)];
  const [first] = ends.filter((end) => end !== undefined).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return first ?? null;
}

function endOf({ lastsMs, what }: { readonly lastsMs: number; readonly what: string }, since: string | undefined) {
  return since === undefined ? undefined : { at: new Date(Date.parse(since) + lastsMs).toISOString(), what };
}
