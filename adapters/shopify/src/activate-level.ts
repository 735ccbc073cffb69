import type { CallContext, UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { Words } from "./errors.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";

const Answer = z.object({
  inventoryActivate: z.object({
    inventoryLevel: z.object({ quantities: z.array(z.object({ quantity: z.int() })) }).nullable(),
    userErrors: z.array(z.object({ message: Words })),
  }),
});

const activateOperation: Operation<z.infer<typeof Answer>> = {
  document: `mutation Activate($inventoryItemId: ID!, $locationId: ID!, $key: String!) {
    inventoryActivate(
      inventoryItemId: $inventoryItemId, locationId: $locationId, available: 0
    ) @idempotent(key: $key) {
      inventoryLevel { quantities(names: ["available"]) { quantity } }
      userErrors { message }
    }
  }`,
  cost: 10,
  answer: Answer,
};

/**
 * Stocks an item at a location, with no units yet: what it shows is then written like every other quantity. The zero is
 * said, for a location that stocked the item before would offer its old number again (changelog:
 * inventoryactivate-now-preserves-available-quantity). Whether the set mutation alone would stock it depends on the API
 * version (changelog: removal-of-itemnotstockedatlocation-error).
 * @returns the units it shows now, or why it can't be.
 */
export async function activateLevel(
  client: ShopifyClient,
  level: { readonly inventoryItemId: string; readonly locationId: string },
  call: CallContext,
): Promise<{ readonly available: number } | { readonly refused: UpdateOutcome }> {
  const key = idempotencyKeyOf(call.idempotencyKey, 0, { activate: level });
  const { inventoryActivate: answer } = await client.run(activateOperation, { ...level, key }, call);
  const [error] = answer.userErrors;
  if (error) return { refused: { status: "rejected", code: "NOT_ACTIVATED", message: error.message } };
  return { available: answer.inventoryLevel?.quantities[0]?.quantity ?? 0 };
}
