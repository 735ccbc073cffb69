import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { Words } from "./errors.ts";
import { levelKey } from "./ids.ts";

/** One entry of `InventorySetQuantitiesInput.quantities`. */
export interface QuantityEntry {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
  /** What Shopify must still show. The key must be there (changelog: making-changefromquantity-field-required). */
  readonly changeFromQuantity: number;
}

/** `code` is null in many a list of errors, `field` the path of what is wrong with indexes as text. */
export const UserError = z.object({
  code: z.string().nullable(),
  field: z.array(z.string()).nullable(),
  message: Words,
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
  /** The levels whose `available` Shopify says it changed, and whether it tracks the item: else buyers do not see it. */
  readonly changed: ReadonlyMap<string, { readonly isTracked: boolean }>;
}

const Node = z.object({ id: z.string() });
const Change = z.object({
  name: z.string(),
  item: z.object({ id: z.string(), tracked: z.boolean() }).nullable(),
  location: Node.nullable(),
});
const Answer = z.object({
  inventorySetQuantities: z.object({
    inventoryAdjustmentGroup: z.object({ changes: z.array(Change) }).nullable(),
    userErrors: z.array(UserError),
  }),
});

const setQuantitiesOperation: Operation<z.infer<typeof Answer>> = {
  document: `mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) {
      inventoryAdjustmentGroup { changes { name item { id tracked } location { id } } }
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
  const changes = answer.inventoryAdjustmentGroup?.changes.filter(({ name }) => name === "available") ?? [];
  return {
    refusals: answer.userErrors.map(({ code, field, message }) => ({
      code: code ?? "USER_ERROR",
      message,
      index: indexOf(field, request.entries.length),
    })),
    changed: new Map(
      changes.flatMap(({ item, location }) =>
        item && location ? [[levelKey(item.id, location.id), { isTracked: item.tracked }] as const] : [],
      ),
    ),
  };
}

/** `["input", "quantities", "3", "locationId"]` is entry 3. The index is text, and its place in the path undocumented. */
export function indexOf(field: readonly string[] | null, length: number): number | undefined {
  const index = field?.find((part) => /^\d+$/.test(part));
  return index !== undefined && Number(index) < length ? Number(index) : undefined;
}

const wrongInputCodes = ["COMPARE_QUANTITY_REQUIRED", "INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT"];

/** @throws {ChannelError} `rejected` when the fault is in what is common to all entries. */
export function assertInputTaken(refusals: readonly Refusal[]): void {
  const wrong = refusals.find(({ code }) => wrongInputCodes.includes(code));
  if (wrong) throw new ChannelError("rejected", `${wrong.code}: ${wrong.message}`, { code: wrong.code });
}
