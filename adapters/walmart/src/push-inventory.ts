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
import { outcomeOf, WalmartError, wordsOf } from "./failures.ts";
import { inputQuantity } from "./input-quantity.ts";
import { inventoriesPath, namedNode, readNodes, shownAt, type NodeStock } from "./nodes.ts";

/** Listings of one push. They are sent side by side, two calls each; the channel's pace is the limit, not this number. */
export const LISTINGS_PER_CALL = 10;

const WrittenNode = z.object({ shipNode: z.string(), status: z.string(), errors: z.array(WalmartError).default([]) });
const WriteAnswer = z.object({ nodes: z.array(WrittenNode) });

/**
 * Writes each listing's quantity, one read and one PUT a listing. Absolute amounts, so a repeat is harmless.
 *
 * A listing that failed alone gets its own outcome. A refused token or a 429 concerns every listing: what was not yet
 * sent stays unsent, and what was answered before stands.
 *
 * @throws {ChannelError} when Walmart answered none of the listings.
 */
export async function pushInventory(
  client: WalmartClient,
  settings: WalmartSettings,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const halt = new AbortController();
  const limits = { signal: call.signal, waiting: AbortSignal.any([call.signal, halt.signal]) };
  const results = await Promise.all(
    updates.map(async (update) => {
      try {
        return await pushOne(client, settings, update, limits);
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
        if (concernsAll(error)) halt.abort(error);
        return error.failure === "rejected" ? outcomeOf(error) : error;
      }
    }),
  );
  return outcomesOfEach(results);
}

async function pushOne(
  client: WalmartClient,
  settings: WalmartSettings,
  { listing, quantity }: InventoryUpdate,
  limits: CallLimits,
): Promise<UpdateOutcome> {
  const nodes = await readNodes(client, listing.externalId, limits);
  const shipNode = namedNode(listing, settings) ?? onlyNode(nodes);
  if (shipNode === undefined) return shipNodeNeeded(nodes);
  const amount = inputQuantity(quantity, shownAt(nodes, shipNode).reserved);
  const answer = await client.send(
    {
      bucket: "inventory_write",
      method: "PUT",
      path: inventoriesPath(listing.externalId),
      body: { inventories: { nodes: [{ shipNode, inputQty: { unit: "EACH", amount } }] } },
      answer: WriteAnswer,
    },
    limits,
  );
  return outcomeOfNode(answer.nodes.find((node) => node.shipNode === shipNode));
}

/** Walmart answers 200 also when a node failed. */
function outcomeOfNode(node: z.infer<typeof WrittenNode> | undefined): UpdateOutcome {
  if (node?.status.toLowerCase() === "success") return { status: "accepted" };
  const error = node?.errors[0];
  if (!error) return { status: "retry", code: "node_not_confirmed", message: "Walmart did not confirm the ship node" };
  return { status: isAboutTheRequest(error) ? "rejected" : "retry", code: error.code, message: wordsOf(error) };
}

/** Walmart's category where it names one, else the family of its code. */
function isAboutTheRequest({ category, code }: WalmartError): boolean {
  return category === undefined ? /^(INVALID|MALFORMED)_/.test(code) : ["DATA", "REQUEST"].includes(category);
}

function onlyNode(nodes: readonly NodeStock[]): string | undefined {
  return nodes.length === 1 ? nodes[0]?.shipNode : undefined;
}

function shipNodeNeeded(nodes: readonly NodeStock[]): UpdateOutcome {
  return {
    status: "rejected",
    code: "ship_node_needed",
    message: `Walmart keeps this SKU at ${nodes.length} ship nodes; name the one to write in the channel's settings`,
  };
}

function concernsAll(error: ChannelError): boolean {
  return error.failure === "rate_limited" || error.failure === "unauthorized";
}
