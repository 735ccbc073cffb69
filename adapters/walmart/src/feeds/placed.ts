import type { CallContext, InventoryUpdate } from "@lastunit/adapter-contract";
import type { Seller } from "../locations.ts";
import { namedNode } from "../nodes.ts";

/** An update and the ship node it is of; undefined when the account has several and none is named. */
export interface Placed {
  readonly update: InventoryUpdate;
  readonly shipNode: string | undefined;
}

/** Finds each update's ship node. A feed reads no SKU, so the only node of the account stands in for an unnamed one. */
export async function placed(
  updates: readonly InventoryUpdate[],
  { settings, nodesOfAccount }: Seller,
  call: CallContext,
): Promise<readonly Placed[]> {
  const named = updates.map((update) => ({ update, shipNode: namedNode(update.listing, settings) }));
  if (named.every(({ shipNode }) => shipNode !== null)) return named.map(withNode);
  const account = await nodesOfAccount(call);
  const only = account.length === 1 ? account[0] : undefined;
  return named.map(({ update, shipNode }) => ({ update, shipNode: shipNode ?? only }));
}

function withNode({ update, shipNode }: { update: InventoryUpdate; shipNode: string | null }): Placed {
  return { update, shipNode: shipNode ?? undefined };
}
