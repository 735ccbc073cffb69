import type { Queryable } from "../database.ts";

/** A verified inbound delivery. */
export interface Delivery {
  readonly deliveryId: string;
  readonly topic: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
  /** ISO 8601. */
  readonly receivedAt: string;
}

export type DeliveryStatus = "received" | "processed" | "failed" | "waiting" | "dead";

export interface StoredDelivery {
  readonly inboxId: number;
  readonly channelId: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly delivery: Delivery;
}

export type DeliveryOutcome =
  | { readonly status: "processed" }
  /** This attempt failed and will be repeated. */
  | { readonly status: "failed"; readonly error: string }
  /** Its channel must be asked about it, and has to be connected again before; then it is tried again. */
  | { readonly status: "waiting"; readonly error: string }
  /** It can never succeed as it is; `unmapped`: but may once listings or locations of its channel are mapped. */
  | { readonly status: "dead"; readonly error: string; readonly code?: "unmapped" };

export async function loadDelivery(db: Queryable, inboxId: number): Promise<StoredDelivery | undefined> {
  const { rows } = await db.query<
    Omit<StoredDelivery, "delivery"> & Omit<Delivery, "receivedAt"> & { receivedAt: Date }
  >(
    `select inbox_id as "inboxId", channel_id as "channelId", status, attempts, delivery_id as "deliveryId", topic,
       headers, body, received_at as "receivedAt"
     from inbox where inbox_id = $1`,
    [inboxId],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { deliveryId, topic, headers, body, receivedAt, ...stored } = row;
  return { ...stored, delivery: { deliveryId, topic, headers, body, receivedAt: receivedAt.toISOString() } };
}

/** Notes how an attempt ended. What was processed stays processed, whatever a late second attempt says. */
export async function finishDelivery(db: Queryable, inboxId: number, outcome: DeliveryOutcome): Promise<void> {
  await db.query(
    `update inbox set status = $2, attempts = attempts + 1, error = $3, error_code = $4,
       processed_at = case when $2 = 'processed' then now() end
     where inbox_id = $1 and status <> 'processed'`,
    [
      inboxId,
      outcome.status,
      outcome.status === "processed" ? null : outcome.error,
      outcome.status === "dead" ? (outcome.code ?? null) : null,
    ],
  );
}

/** Gives the channel's deliveries that named something unmapped another try; the sweep finds them. */
export async function reopenUnmapped(db: Queryable, channelId: string): Promise<void> {
  await db.query(
    `update inbox set status = 'received', error = null, error_code = null
     where channel_id = $1 and status = 'dead' and error_code = 'unmapped'`,
    [channelId],
  );
}

/**
 * The oldest deliveries that still have to be processed, for the sweep: at most `limit` of each channel, so that one's many hide
 * no other's. Those were stored at least `olderThanSeconds` ago, or wait for a channel that is connected again by now.
 */
export async function openDeliveries(
  db: Queryable,
  options: { readonly limit: number; readonly olderThanSeconds: number },
): Promise<number[]> {
  const { rows } = await db.query<{ inboxId: number }>(OPEN, [options.limit, options.olderThanSeconds]);
  return rows.map((row) => row.inboxId);
}

// Two queries, each of an index of its own and in its order, so that what is read is what is told.
const OPEN = `
select open.inbox_id as "inboxId" from channel c cross join lateral (
  select inbox_id, received_at from (
    (
      select inbox_id, received_at from inbox i
      where i.channel_id = c.channel_id and i.status in ('received', 'failed')
        and i.received_at <= now() - make_interval(secs => $2)
      order by received_at limit $1
    )
    union all
    (
      select inbox_id, received_at from inbox i
      where i.channel_id = c.channel_id and i.status = 'waiting' and c.status <> 'needs_reconnect'
      order by received_at limit $1
    )
  ) i
  order by received_at limit $1
) open
order by open.received_at`;

/**
 * Empties the bodies of the deliveries that were processed so many days ago, the oldest first: they may name buyers. Their
 * ids stay, which a redelivery is known by, and a hash of each body; what was not processed keeps its body.
 *
 * @returns how many were emptied; as many as `limit`: there may be more.
 */
export async function emptyDeliveries(
  db: Queryable,
  options: { readonly olderThanDays: number; readonly limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `update inbox set body = '', body_sha256 = sha256(body)
     where inbox_id = any(array(
       select inbox_id from inbox
       where status = 'processed' and body_sha256 is null and processed_at < now() - make_interval(days => $1)
       order by processed_at limit $2 for update skip locked))`,
    [options.olderThanDays, options.limit],
  );
  return rowCount ?? 0;
}
