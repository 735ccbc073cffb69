import { createHash } from "node:crypto";
import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";

/** One entry of `InventorySetQuantitiesInput.quantities`. */
export interface QuantityEntry {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
  /** What Shopify must still show; null skips the check. The key must be there (changelog: making-changefromquantity-field-required). */
  readonly changeFromQuantity: number | null;
}

const UserError = z.object({
  code: z.string().nullable(),
  field: z.array(z.string()).nullable(),
  message: z.string(),
});

/** What the mutation refused; `index` is the entry's place in `quantities`, undefined when Shopify does not name one. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly index: number | undefined;
}

export interface SetOutcome {
  /** Empty: everything was written. Otherwise nothing was. */
  readonly refusals: readonly Refusal[];
  /** Items whose quantity changed, but which Shopify does not track, so that buyers do not see it. */
  readonly untracked: ReadonlySet<string>;
}

const Answer = z.object({
  inventorySetQuantities: z.object({
    inventoryAdjustmentGroup: z
      .object({ changes: z.array(z.object({ item: z.object({ id: z.string(), tracked: z.boolean() }).nullable() })) })
      .nullable(),
    userErrors: z.array(UserError),
  }),
});

const setQuantitiesOperation: Operation<z.infer<typeof Answer>> = {
  document: `mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) {
      inventoryAdjustmentGroup { changes { item { id tracked } } }
      userErrors { code field message }
    }
  }`,
  cost: 10,
  answer: Answer,
};

/** All or nothing. @param position the ledger position the quantities are based on. */
export async function setQuantities(
  client: ShopifyClient,
  request: { readonly entries: readonly QuantityEntry[]; readonly position: number; readonly key: string },
  call: CallContext,
): Promise<SetOutcome> {
  const input = {
    name: "available",
    reason: "correction",
    // Any URI that is none of Shopify's own ids; `.invalid` never resolves (RFC 2606).
    referenceDocumentUri: `https://lastunit.invalid/ledger/positions/${request.position}`,
    quantities: request.entries,
  };
  const { inventorySetQuantities: answer } = await client.run(
    setQuantitiesOperation,
    { input, key: request.key },
    call,
  );
  const items = answer.inventoryAdjustmentGroup?.changes.flatMap(({ item }) => item ?? []) ?? [];
  return {
    refusals: answer.userErrors.map(({ code, field, message }) => ({
      code: code ?? "USER_ERROR",
      message,
      index: indexOf(field, request.entries.length),
    })),
    untracked: new Set(items.filter(({ tracked }) => !tracked).map(({ id }) => id)),
  };
}

/** `["input", "quantities", "3", "locationId"]` is entry 3. The index is text, and its place in the path undocumented. */
function indexOf(field: readonly string[] | null, length: number): number | undefined {
  const index = field?.find((part) => /^\d+$/.test(part));
  return index !== undefined && Number(index) < length ? Number(index) : undefined;
}

/**
 * The idempotency key of one write. The first of a call has the call's own; each further one has a key made of it and
 * of what is written, so that a repeated call names its writes the same, and no key ever stands for two contents
 * (Shopify docs: implementing idempotency; a key counts for 24 hours).
 */
export function keyOf(idempotencyKey: string, attempt: number, entries: readonly QuantityEntry[]): string {
  if (attempt === 0) return idempotencyKey;
  const digest = createHash("sha256")
    .update(`${idempotencyKey} ${attempt} ${JSON.stringify(entries)}`)
    .digest();
  // Version 8 (RFC 9562: vendor-specific), variant 10.
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

const wrongInputCodes = ["INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT"];

/** @throws {ChannelError} `rejected` when the fault is in what is common to all entries. */
export function assertInputTaken(refusals: readonly Refusal[]): void {
  const wrong = refusals.find(({ code }) => wrongInputCodes.includes(code));
  if (wrong) throw new ChannelError("rejected", `${wrong.code}: ${wrong.message}`, { code: wrong.code });
}
