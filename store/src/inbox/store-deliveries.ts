import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";
import type { Delivery } from "./inbox.ts";

export interface NewDelivery extends Omit<Delivery, "receivedAt"> {
  readonly channelId: string;
}

export interface Stored {
  readonly inboxId: number;
  /** It was there already: this one was counted as a redelivery, and changed nothing else. */
  readonly duplicate: boolean;
}

/** By what a delivery is known; as the database has it, which keeps no half of a character. */
export function deliveryKey({ channelId, deliveryId }: Pick<NewDelivery, "channelId" | "deliveryId">): string {
  return JSON.stringify([channelId, deliveryId.toWellFormed()]);
}

/**
 * Stores deliveries durably, before they are answered: all of them or, when it throws, none.
 *
 * @param deliveries no two of the same key.
 * @returns what became of each, in the same order.
 * @throws {StoreError} `unknown_channel`
 */
export async function storeDeliveries(db: Queryable, deliveries: readonly NewDelivery[]): Promise<readonly Stored[]> {
  if (deliveries.length === 0) return [];
  // In one order: two such statements that count the same redeliveries would else wait for each other in a ring.
  const sorted = deliveries.toSorted((one, other) => (deliveryKey(one) < deliveryKey(other) ? -1 : 1));
  const insert = db.query<Stored & { channelId: string; deliveryId: string }>(
    `insert into inbox (channel_id, delivery_id, topic, headers, body) values ${rowsOf(sorted.length)}
     on conflict (channel_id, delivery_id) do update set redeliveries = inbox.redeliveries + 1
     returning inbox_id as "inboxId", redeliveries > 0 as duplicate, channel_id as "channelId", delivery_id as "deliveryId"`,
    sorted.flatMap(valuesOf),
  );
  const byKey = new Map((await naming(insert)).rows.map((row) => [deliveryKey(row), row]));
  return deliveries.map((delivery) => {
    const stored = byKey.get(deliveryKey(delivery));
    if (!stored) throw new Error("the inbox returned no row");
    return { inboxId: stored.inboxId, duplicate: stored.duplicate };
  });
}

/** `storeDeliveries` of one. */
export async function storeDelivery(
  db: Queryable,
  channelId: string,
  delivery: Omit<NewDelivery, "channelId">,
): Promise<Stored> {
  const [stored] = await storeDeliveries(db, [{ ...delivery, channelId }]);
  if (!stored) throw new Error("nothing was stored");
  return stored;
}

const COLUMNS = 5;

/** A parameter a field, not arrays: `pg` sends a body as its bytes, and one in an array as twice as much text. */
function valuesOf({ channelId, deliveryId, topic, headers, body }: NewDelivery): unknown[] {
  return [channelId, deliveryId, topic, JSON.stringify(headers), body];
}

function rowsOf(count: number): string {
  const row = (first: number) => `(${Array.from({ length: COLUMNS }, (_, column) => `$${first + column}`).join(", ")})`;
  return Array.from({ length: count }, (_, index) => row(index * COLUMNS + 1)).join(", ");
}
