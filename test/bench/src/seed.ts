import { eventRows, findRowTypes, hashOf, type RecordedEvent } from "@lastunit/ledger/log-format";
import pg from "pg";
import { LOCATION, MERCHANT } from "./ledger.ts";

const CHUNK = 5_000;
/** Units of each SKU that are received. */
export const RECEIVED_EACH = 1_000_000;

/**
 * Makes a ledger's log longer, past the ledger but with the right hashes and balances: each SKU is received, and then
 * they are sold one unit at a time, in turn. Faster than the ledger, which would do it one by one and durably.
 *
 * @returns the SKUs it made.
 */
export async function growLog(
  databaseUrl: string,
  grow: { readonly name: string; readonly events: number; readonly skus: number },
): Promise<string[]> {
  const skus = Array.from({ length: Math.min(grow.skus, grow.events) }, (_, index) => `${grow.name}-${index}`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const types = await findRowTypes(client);
    await client.query("begin");
    const head = await client.query<{ position: string; hash: Uint8Array; ms: string }>(
      `select position, hash, floor(extract(epoch from clock_timestamp()) * 1000) as ms from log_head for update`,
    );
    const [start] = head.rows;
    if (!start) throw new Error("the ledger's database is not migrated");
    const log = new Log(grow.name, skus, Number(start.position), start.hash, Number(start.ms));
    let written: Promise<unknown> = Promise.resolve();
    for (let done = 0; done < grow.events; done += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, grow.events - done) }, () => log.next());
      // The next chunk is hashed while the database writes this one.
      await written;
      written = client.query({
        name: "grow",
        text: "insert into event select * from unnest($1::event[])",
        values: [eventRows(types, rows)],
      });
    }
    await written;
    await client.query(
      `insert into balance (merchant_id, sku, location_id, on_hand, reserved, position)
       select $1, sku, $2, on_hand, 0, position from unnest($3::text[], $4::bigint[], $5::bigint[]) as k (sku, on_hand, position)`,
      [MERCHANT, LOCATION, skus, log.onHand, log.changedAt],
    );
    await client.query("update log_head set position = $1, hash = $2, recorded_at = to_timestamp($3::float8 / 1000)", [
      log.position,
      log.hash,
      log.now,
    ]);
    await client.query("commit");
  } finally {
    await client.end();
  }
  return skus;
}

class Log {
  position: number;
  hash: Uint8Array;
  readonly now: number;
  readonly onHand: number[];
  readonly changedAt: number[];
  readonly #name: string;
  readonly #skus: readonly string[];
  #made = 0;

  constructor(name: string, skus: readonly string[], position: number, hash: Uint8Array, now: number) {
    this.#name = name;
    this.#skus = skus;
    this.position = position;
    this.hash = hash;
    this.now = now;
    this.onHand = skus.map(() => 0);
    this.changedAt = skus.map(() => 0);
  }

  next(): RecordedEvent {
    const index = this.#made % this.#skus.length;
    const isReceived = this.#made < this.#skus.length;
    const change = isReceived ? RECEIVED_EACH : -1;
    this.position += 1;
    const onHand = (this.onHand[index] ?? 0) + change;
    this.onHand[index] = onHand;
    this.changedAt[index] = this.position;
    const event = {
      merchantId: MERCHANT,
      eventId: `bench:${this.#name}:order:${this.#made}:line:1:${isReceived ? "received" : "sale"}`,
      eventType: isReceived ? ("inventory.receiving" as const) : ("inventory.sale" as const),
      sku: this.#skus[index] ?? "",
      locationId: LOCATION,
      toLocationId: null,
      quantity: Math.abs(change),
      setOnHand: null,
      onHandChange: change,
      reservedChange: 0,
      reservationId: null,
      expiresAt: null,
      orderId: isReceived ? null : String(this.#made),
      reason: null,
      source: "bench",
      occurredAt: this.now,
      position: this.position,
      recordedAt: this.now,
      balance: { onHand, reserved: 0 },
      toBalance: null,
    };
    this.#made += 1;
    this.hash = hashOf(this.hash, event);
    return { ...event, hash: this.hash };
  }
}
