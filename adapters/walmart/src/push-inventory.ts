import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type InventoryUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isAboutTheRequest, outcomeOf, WalmartError, wordsOf } from "./failures.ts";
import { inputQuantity } from "./input-quantity.ts";
import { inventoriesPath, namedNode, readNodes, shownAt, type NodeStock } from "./nodes.ts";
import { id } from "./numbers.ts";
import type { RecentReads } from "./recent-reads.ts";

/** Listings of one push. They are sent side by side, two calls each; the channel's pace is the limit, not this number. */
export const LISTINGS_PER_CALL = 10;

const WrittenNode = z.object({ shipNode: id, status: z.string(), errors: z.array(WalmartError).nullish() });
const WriteAnswer = z.object({ nodes: z.array(WrittenNode) });

/**
 * Writes each listing's quantity, one read and one PUT a SKU. Absolute amounts, so a repeat is harmless.
 *
 * A listing that failed alone gets its own outcome. A refused token or a 429 concerns every listing: what was not yet
 * sent stays unsent, and what was answered before stands.
 *
 * @throws {ChannelError} when Walmart answered none of the listings.
 */
export async function pushInventory(
  client: WalmartClient,
  settings: WalmartSettings,
  recent: RecentReads,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const halt = new AbortController();
  const limits = { signal: call.signal, waiting: AbortSignal.any([call.signal, halt.signal]) };
  const results = new Map<InventoryUpdate, UpdateOutcome | ChannelError>();
  const bySku = Map.groupBy(updates, ({ listing }) => listing.externalId);
  await Promise.all(
    [...bySku].map(async ([sku, own]) => {
      try {
        const outcomes = await pushSku(client, settings, recent, { sku, updates: own }, limits);
        for (const [index, update] of own.entries()) results.set(update, outcomes[index] ?? unconfirmed);
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
        if (concernsAll(error)) halt.abort(error);
        for (const update of own) results.set(update, error.failure === "rejected" ? outcomeOf(error) : error);
      }
    }),
  );
  return outcomesOfEach(updates.map((update) => results.get(update) ?? unconfirmed));
}

/** All nodes of one SKU in one call. @returns one outcome for each of its updates. */
async function pushSku(
  client: WalmartClient,
  settings: WalmartSettings,
  recent: RecentReads,
  { sku, updates }: { readonly sku: string; readonly updates: readonly InventoryUpdate[] },
  limits: CallLimits,
): Promise<readonly UpdateOutcome[]> {
  const held = recent.take(sku) ?? (await readNodes(client, sku, limits));
  const shipNodes = updates.map(({ listing }) => namedNode(listing, settings) ?? onlyNode(held));
  const nodes = updates.flatMap(({ quantity }, index) => {
    const shipNode = shipNodes[index];
    if (shipNode === undefined) return [];
    const amount = inputQuantity(quantity, shownAt(held, shipNode).reserved);
    return [{ shipNode, inputQty: { unit: "EACH", amount } }];
  });
  if (nodes.length === 0) return updates.map(() => shipNodeNeeded(held));
  const answer = await client.send(
    {
      bucket: "inventory_write",
      method: "PUT",
      path: inventoriesPath(sku),
      body: { inventories: { nodes } },
      answer: WriteAnswer,
    },
    limits,
  );
  return shipNodes.map((shipNode) =>
    shipNode === undefined
      ? shipNodeNeeded(held)
      : outcomeOfNode(answer.nodes.find((node) => node.shipNode === shipNode)),
  );
}

/** Walmart answers 200 also when a node failed. */
function outcomeOfNode(node: z.infer<typeof WrittenNode> | undefined): UpdateOutcome {
  if (node?.status.toLowerCase() === "success") return { status: "accepted" };
  const error = node?.errors?.[0];
  if (!error) return unconfirmed;
  return { status: isAboutTheRequest(error) ? "rejected" : "retry", code: error.code, message: wordsOf(error) };
}

const unconfirmed: UpdateOutcome = {
  status: "retry",
  code: "node_not_confirmed",
  message: "Walmart did not confirm the ship node",
};

function onlyNode(nodes: readonly NodeStock[]): string | undefined {
  return nodes.length === 1 ? nodes[0]?.shipNode : undefined;
}

export function shipNodeNeeded(nodes: readonly unknown[]): UpdateOutcome {
  return {
    status: "rejected",
    code: "ship_node_needed",
    message: `Walmart keeps this SKU at ${nodes.length} ship nodes: import the listings again, or name one in the settings`,
  };
}

function concernsAll(error: ChannelError): boolean {
  return error.failure === "rate_limited" || error.failure === "unauthorized";
}
