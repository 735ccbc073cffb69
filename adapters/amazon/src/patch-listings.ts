import { ChannelError, outcomesOfEach, type CallContext, type UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient, Brake } from "./client.ts";
import { LISTINGS_VERSION } from "./listings.ts";
import { Issue, outcomeOfIssues, rejected, type Patch, type Rejected } from "./patches.ts";

/** patchListingsItem takes one SKU a call and allows 5 at once, so that many go out side by side. */
export const PATCHES_AT_ONCE = 5;

/** INVALID comes with status 200. ACCEPTED is not yet applied: that takes minutes. */
const Submission = z.object({ status: z.enum(["ACCEPTED", "INVALID"]), issues: z.array(Issue).nullish() });
type Submission = z.infer<typeof Submission>;

export interface ListingPatch {
  readonly sku: string;
  readonly productType: string;
  readonly patch: Patch;
}

/**
 * Patches listings side by side. Every patch is a request of its own and may fail on its own.
 *
 * @param wanted a patch, or why there is none, of each update.
 */
export async function patchListings(
  client: AmazonClient,
  wanted: readonly (ListingPatch | Rejected)[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const brake: Brake = {};

  async function patchOne(listing: ListingPatch): Promise<UpdateOutcome | ChannelError> {
    try {
      const submission = await submit(client, listing, brake, call);
      warnOf(submission, listing.sku, call);
      return outcomeOf(submission);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      // An error of the request alone (400, 404) is the item's own.
      return error.failure === "rejected" ? rejected(error.code, error.message) : error;
    }
  }

  return outcomesOfEach(await Promise.all(wanted.map(async (one) => ("patch" in one ? patchOne(one) : one))));
}

function submit(
  client: AmazonClient,
  { sku, productType, patch }: ListingPatch,
  brake: Brake,
  call: CallContext,
): Promise<Submission> {
  const { sellerId, marketplaceId } = client.settings;
  return client.asSeller(
    {
      name: "patchListingsItem",
      operation: "listingsItems.patchListingsItem",
      version: LISTINGS_VERSION,
      brake,
      path: { sellerId, sku },
      query: { marketplaceIds: marketplaceId, issueLocale: "en_US" },
      body: { productType, patches: [patch] },
      answer: Submission,
    },
    call,
  );
}

function outcomeOf({ status, issues }: Submission): UpdateOutcome {
  if (status === "ACCEPTED") return { status: "accepted" };
  return outcomeOfIssues(issues ?? []) ?? rejected("INVALID", "Amazon gave no reason");
}

/** An accepted patch may still hide the listing: a price below the lowest allowed one does (18155). */
function warnOf({ status, issues }: Submission, sku: string, call: CallContext): void {
  if (status !== "ACCEPTED" || !issues?.length) return;
  const told = issues.map(({ code, message }) => `${code}: ${message}`);
  call.log.warn({ sku, issues: told }, "Amazon accepted a change and warns of the listing");
}
