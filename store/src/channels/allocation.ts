import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";
import type { Allocation } from "./channels.ts";

/**
 * Sets what of the available units a channel is offered; recompute the channel afterwards.
 *
 * @throws {StoreError} `allocation_malformed`
 */
export async function setAllocation(db: Queryable, channelId: string, allocation: Allocation): Promise<void> {
  const { safetyStock, share, minimum, cap } = allocation;
  const update = "update channel set safety_stock = $2, share = $3, minimum = $4, cap = $5 where channel_id = $1";
  await naming(db.query(update, [channelId, safetyStock, share, minimum, cap]));
}
