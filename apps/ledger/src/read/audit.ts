import type pg from "pg";
import { hashOf } from "../commit/hash.ts";
import { eventColumns, eventFromRow, type EventRow } from "../commit/rows.ts";
import { evolveBalance, evolveDestination } from "../domain/evolve.ts";
import { emptyBalance, type Balance, type RecordedEvent } from "../domain/types.ts";

/** Something in the books that the log does not bear out. */
export interface Mismatch {
  /** `balance`: the balance row; `event`: the balance noted in an event; `chain`: an event was changed, removed or added. */
  readonly kind: "balance" | "event" | "chain";
  readonly merchantId: string | null;
  readonly sku: string | null;
  readonly locationId: string | null;
  readonly expected: Balance | null;
  readonly actual: Balance | null;
  /** Where it first goes wrong; for a balance row, the position it claims to be as of. */
  readonly position: number;
}

export interface AuditReport {
  readonly events: number;
  readonly balances: number;
  readonly mismatches: readonly Mismatch[];
}

const PAGE = 5_000;
/** Enough to act on; the rest would only fill memory. */
const MISMATCH_LIMIT = 1_000;

/**
 * Replays the whole log against the balances, in one snapshot, page by page: memory grows with the number of balances,
 * not of events.
 */
export async function audit(pool: pg.Pool): Promise<AuditReport> {
  const client = await pool.connect();
  try {
    await client.query("begin transaction isolation level repeatable read read only");
    const replayed = new Replay();
    for (let after = 0; ;) {
      const page = await client.query<EventRow>(
        `select ${eventColumns.join(", ")} from event where position > $1 order by position limit $2`,
        [after, PAGE],
      );
      for (const row of page.rows) replayed.event(eventFromRow(row));
      const last = page.rows.at(-1);
      if (!last) break;
      after = last.position;
    }
    const head = await client.query<{ position: number; hash: Uint8Array }>("select position, hash from log_head");
    replayed.end(head.rows[0]);
    const balances = await client.query<BalanceRow>("select * from balance");
    for (const row of balances.rows) replayed.balanceRow(row);
    replayed.missingRows();
    await client.query("commit");
    return { events: replayed.events, balances: balances.rows.length, mismatches: replayed.mismatches };
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

interface BalanceRow {
  merchant_id: string;
  sku: string;
  location_id: string;
  on_hand: number;
  reserved: number;
  position: number;
}

class Replay {
  readonly mismatches: Mismatch[] = [];
  events = 0;
  readonly #balances = new Map<string, { balance: Balance; seen: boolean }>();
  #position = 0;
  #hash: Uint8Array = new Uint8Array();

  event(event: RecordedEvent): void {
    this.events += 1;
    const isNext = event.position === this.#position + 1;
    if (!isNext) this.#chain(this.#position + 1);
    else if (!hashOf(this.#hash, event).equals(event.hash)) this.#chain(event.position, event);
    this.#position = event.position;
    this.#hash = event.hash;

    const { merchantId, sku, locationId, toLocationId } = event;
    this.#check(event, locationId, evolveBalance(this.#balance(merchantId, sku, locationId), event), event.balance);
    if (toLocationId !== null && event.toBalance !== null) {
      const destination = evolveDestination(this.#balance(merchantId, sku, toLocationId), event);
      this.#check(event, toLocationId, destination, event.toBalance);
    }
  }

  /** The head remembers the last hash, so that events cut off the end show even when its position was set back. */
  end(head: { readonly position: number; readonly hash: Uint8Array } | undefined): void {
    const isWhole = head?.position === this.#position && Buffer.compare(head.hash, this.#hash) === 0;
    if (!isWhole) this.#chain(this.#position + 1);
  }

  balanceRow(row: BalanceRow): void {
    const entry = this.#balances.get(keyOf(row.merchant_id, row.sku, row.location_id));
    if (entry) entry.seen = true;
    const actual = { onHand: row.on_hand, reserved: row.reserved };
    const expected = entry?.balance ?? emptyBalance;
    if (isSame(expected, actual)) return;
    this.#note({
      kind: "balance",
      merchantId: row.merchant_id,
      sku: row.sku,
      locationId: row.location_id,
      expected,
      actual,
      position: row.position,
    });
  }

  /** Balances the log makes that have no row. */
  missingRows(): void {
    for (const [key, { balance, seen }] of this.#balances) {
      if (seen || isSame(balance, emptyBalance)) continue;
      const [merchantId = null, sku = null, locationId = null] = key.split("\0");
      this.#note({
        kind: "balance",
        merchantId,
        sku,
        locationId,
        expected: balance,
        actual: null,
        position: this.#position,
      });
    }
  }

  #balance(merchantId: string, sku: string, locationId: string): Balance {
    return this.#balances.get(keyOf(merchantId, sku, locationId))?.balance ?? emptyBalance;
  }

  #check(event: RecordedEvent, locationId: string, expected: Balance, actual: Balance): void {
    const { merchantId, sku, position } = event;
    this.#balances.set(keyOf(merchantId, sku, locationId), { balance: expected, seen: false });
    if (!isSame(expected, actual)) {
      this.#note({ kind: "event", merchantId, sku, locationId, expected, actual, position });
    }
  }

  /** @param event the one that was changed; without it, one is missing there. */
  #chain(position: number, event?: RecordedEvent): void {
    this.#note({
      kind: "chain",
      merchantId: event?.merchantId ?? null,
      sku: event?.sku ?? null,
      locationId: event?.locationId ?? null,
      expected: null,
      actual: null,
      position,
    });
  }

  #note(mismatch: Mismatch): void {
    if (this.mismatches.length < MISMATCH_LIMIT) this.mismatches.push(mismatch);
  }
}

function keyOf(merchantId: string, sku: string, locationId: string): string {
  return `${merchantId}\0${sku}\0${locationId}`;
}

function isSame(a: Balance, b: Balance): boolean {
  return a.onHand === b.onHand && a.reserved === b.reserved;
}
