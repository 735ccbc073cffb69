import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type InventoryUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "./client.ts";
import { External, LISTINGS_VERSION, MERCHANT, unsupportedBecause } from "./listings.ts";

/** patchListingsItem takes one SKU a call and allows 5 at once, so that many go out side by side. */
export const LISTINGS_PER_CALL = 5;

/** INVALID comes with status 200. ACCEPTED is not yet applied: that takes minutes. */
const Submission = z.object({
  status: z.enum(["ACCEPTED", "INVALID"]),
  issues: z.array(z.object({ code: z.string(), message: z.string(), severity: z.string().optional() })).nullish(),
});
type Submission = z.infer<typeof Submission>;

/**
 * Sets each listing's merchant-fulfilled quantity. Absolute, therefore safe to repeat.
 *
 * Every patch is a request of its own and may fail on its own.
 */
export async function pushInventory(
  client: AmazonClient,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  return outcomesOfEach(await Promise.all(updates.map((update) => pushOne(client, update, call))));
}

/** An error of the request alone (400, 404) is the item's own. */
async function pushOne(
  client: AmazonClient,
  update: InventoryUpdate,
  call: CallContext,
): Promise<UpdateOutcome | ChannelError> {
  const external = External.safeParse(update.listing.external);
  if (!external.success) {
    return refused("not_imported", "it is not known who fulfills this SKU: import the listings again");
  }
  const unsupported = unsupportedBecause(external.data.fulfillmentChannel);
  if (unsupported !== null) return refused("not_merchant_fulfilled", unsupported);
  try {
    return outcomeOf(await patch(client, update, external.data.productType, call));
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    return error.failure === "rejected" ? refused(error.code, error.message) : error;
  }
}

/** `merge`: `replace` would reset the handling time and restock date beside the quantity. */
function patch(
  client: AmazonClient,
  { listing, quantity }: InventoryUpdate,
  productType: string,
  call: CallContext,
): Promise<Submission> {
  const { sellerId, marketplaceId } = client.settings;
  return client.asSeller(
    {
      name: "patchListingsItem",
      operation: "listingsItems.patchListingsItem",
      version: LISTINGS_VERSION,
      path: { sellerId, sku: listing.externalId },
      query: { marketplaceIds: marketplaceId, issueLocale: "en_US" },
      body: {
        productType,
        patches: [
          {
            op: "merge",
            path: "/attributes/fulfillment_availability",
            value: [{ fulfillment_channel_code: MERCHANT, quantity }],
          },
        ],
      },
      answer: Submission,
    },
    call,
  );
}

function outcomeOf({ status, issues }: Submission): UpdateOutcome {
  if (status === "ACCEPTED") return { status: "accepted" };
  const errors = (issues ?? []).filter(({ severity }) => severity === undefined || severity === "ERROR");
  const message = errors.map((issue) => issue.message).join(" ") || "Amazon gave no reason";
  return refused(errors[0]?.code ?? "INVALID", message);
}

function refused(code: string, message: string): UpdateOutcome {
  return { status: "rejected", code, message };
}
