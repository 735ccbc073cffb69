import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database.ts";
import { StoreError } from "../errors.ts";
import type { ChangedListing } from "./changed-listing.ts";
import { lockCheckpoint } from "./checkpoint.ts";
import { desiredStatement } from "./desired.ts";
import { EVENTS, listingsOf, type LedgerEvent } from "./ledger-event.ts";
import { OWN_SALES_STATEMENT } from "./own-sales.ts";
import { EVERY_LISTING, unhurried } from "./recompute.ts";
import { STOCK_STATEMENT } from "./stock-view.ts";

/**
 * Applies the next events of the ledger's log, in one transaction: the stock view, what the channels' own sales changed,
 * what every touched listing must show, oversell cases, the checkpoint. Safe with several followers at once: the
 * checkpoint's row decides, and events that were applied already are skipped.
 *
 * @param events in order and without a gap, at most a few thousand.
 * @param next the position after which to go on, as the ledger answered it: that of the last event.
 * @returns the listings that do not show what they must; enqueue their pushes. A crash before that loses nothing, the
 *   sweep finds them.
 * @throws {StoreError} `log_gap`: nothing was applied.
 */
export async function applyEvents(pool: Pool, events: readonly LedgerEvent[], next: number): Promise<ChangedListing[]> {
  const [first] = events;
  if (!first) return [];
  return await inTransaction(pool, async (client) => {
    const { position, quietUntil } = await lockCheckpoint(client);
    refuseGaps(events, first.position, next, position);
    const fresh = events.filter((event) => event.position > position);
    if (fresh.length === 0) return [];
    await client.query(STOCK_STATEMENT, [JSON.stringify(fresh)]);
    const changed = await tellListings(client, fresh, { quietUntil, next });
    await client.query(
      "update checkpoint set position = $1, hash = decode($2, 'hex'), updated_at = now() where name = 'hub'",
      [next, fresh.at(-1)?.hash],
    );
    return changed;
  });
}

async function tellListings(
  client: PoolClient,
  fresh: readonly LedgerEvent[],
  log: { readonly quietUntil: number; readonly next: number },
): Promise<ChangedListing[]> {
  if (log.next < log.quietUntil) return [];
  const news = fresh.filter((event) => event.position > log.quietUntil);
  const isEndOfRebuild = news.length < fresh.length;
  if (news.length > 0) await client.query(OWN_SALES_STATEMENT, [JSON.stringify(news)]);
  const { rows } = isEndOfRebuild
    ? await client.query<ChangedListing>(unhurried(desiredStatement(EVERY_LISTING), [log.next]))
    : await client.query<ChangedListing>(DESIRED_BY_EVENTS, [JSON.stringify(news)]);
  return rows;
}

const DESIRED_BY_EVENTS = desiredStatement(`
  with ${EVENTS}, newest as (
    select merchant_id, sku, max(position) as position, (array_agg(recorded_at order by position desc))[1] as recorded_at,
      coalesce(sum(reserved_change - on_hand_change)
        filter (where event_type in ('inventory.sale', 'inventory.reserve')), 0) as sold
    from event group by merchant_id, sku
  )
  select l.listing_id, n.position, n.recorded_at, n.sold from newest n cross join lateral ${listingsOf("n")} l`);

function refuseGaps(events: readonly LedgerEvent[], first: number, next: number, checkpoint: number): void {
  const broken = events.findIndex((event, index) => event.position !== first + index);
  if (broken >= 0) {
    const found = events[broken]?.position;
    throw new StoreError("log_gap", `The log jumps to position ${found} where ${first + broken} was expected.`);
  }
  if (first > checkpoint + 1) {
    throw new StoreError("log_gap", `The log goes on at position ${first}, but only ${checkpoint} was applied.`);
  }
  const last = first + events.length - 1;
  if (next !== last) throw new StoreError("log_gap", `The log ends at ${last} here, but names ${next} to go on from.`);
}
