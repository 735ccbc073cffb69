import type { Logger } from "@lastunit/config";
import type pg from "pg";
import { createGroupCommit } from "../commit/group-commit.ts";
import { createLogHeadSignal } from "../log-head.ts";
import { recordEvents } from "../commit/work.ts";
import type { RecordEvent } from "../domain/commands.ts";
import { stretches } from "./apply.ts";

interface Told {
  n: number;
  merchant_id: string;
  sku: string;
  location_id: string;
  head: number;
}

/** The corrected places whose last event notes another balance than the row holds. */
const wronglyTold = `
  select c.n, c.merchant_id, c.sku, c.location_id, head.position as head
  from balance_correction c
  cross join log_head head
  join balance b on (b.merchant_id, b.sku, b.location_id) = (c.merchant_id, c.sku, c.location_id)
  cross join lateral (
    select * from (
      (select position, on_hand, reserved from event
       where merchant_id = c.merchant_id and sku = c.sku and location_id = c.location_id
       order by position desc limit 1)
      union all
      (select position, to_on_hand, to_reserved from event
       where merchant_id = c.merchant_id and sku = c.sku and to_location_id = c.location_id
       order by position desc limit 1)) side
    order by position desc limit 1) last
  where c.n between $1 and $2 and (last.on_hand, last.reserved) is distinct from (b.on_hand, b.reserved)
  order by c.n`;

/**
 * Tells whoever follows the log of balances that events noted wrongly, since the ledger decided on a wrong row: by an
 * adjustment of no units, which notes the right one.
 *
 * @returns how many were told.
 */
export async function tellRightBalances(options: {
  readonly client: pg.ClientBase;
  readonly connectionString: string;
  readonly count: number;
  readonly log: Logger;
}): Promise<number> {
  const { connectionString, log } = options;
  const commit = createGroupCommit({ connectionString, log, head: createLogHeadSignal() });
  let told = 0;
  try {
    for (const numbers of stretches(options.count)) {
      const { rows } = await options.client.query<Told>(wronglyTold, [...numbers]);
      const outcomes = await commit.submit(recordEvents(rows.map(adjustmentOfNothing)));
      for (const outcome of outcomes) if (outcome.status === "refused") throw new Error(outcome.refusal.message);
      told += rows.length;
    }
  } finally {
    await commit.close();
  }
  return told;
}

function adjustmentOfNothing(place: Told): RecordEvent {
  return {
    type: "RecordEvent",
    merchantId: place.merchant_id,
    // The head moves with every one told, so no other replay makes this id.
    eventId: `lastunit:replay:${place.head}:${place.n}`,
    eventType: "inventory.adjustment",
    sku: place.sku,
    locationId: place.location_id,
    toLocationId: null,
    quantity: 0,
    setOnHand: null,
    reservationId: null,
    orderId: null,
    reason: "the balance was rebuilt from the log",
    source: "lastunit",
    occurredAt: Date.now(),
    policy: "record",
  };
}
