import { randomUUID } from "node:crypto";
import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";

export type ChannelStatus = "active" | "paused" | "needs_reconnect";

/** What of the available units is offered: floor((available − safety stock) × share), within minimum and cap. */
export interface Allocation {
  readonly safetyStock: number;
  /** 0 to 1, four decimals. */
  readonly share: number;
  readonly minimum: number;
  /** Null: no cap. */
  readonly cap: number | null;
}

/** What the platform can do; copied from its adapter when the channel is connected. */
export interface ChannelCapabilities {
  readonly pushesInventory: boolean;
  readonly comparesAndSets: boolean;
  readonly restocksCancelled: boolean;
  /** How long after it was accepted a quantity may not show yet, in milliseconds; 0: it shows at once. */
  readonly appliesWithinMs: number;
  /** How often a listing may be revised in a day; null: no limit. */
  readonly revisionsPerDay: number | null;
  /** How often its orders may be polled, in milliseconds between two polls; absent: as often as we like. */
  readonly pollEveryMs?: number | null | undefined;
}

/** One merchant's connection to a platform, without its secrets. */
export interface Channel extends Allocation, ChannelCapabilities {
  readonly channelId: string;
  readonly merchantId: string;
  readonly kind: string;
  /** `<kind>:<account>`, the prefix of every ledger event id this channel gives rise to. */
  readonly channelKey: string;
  /** As the adapter's settings schema reads it. */
  readonly settings: unknown;
  readonly status: ChannelStatus;
  readonly statusReason: string | null;
  readonly defaultLocationId: string;
  readonly ordersCursor: string | null;
  readonly ordersPolledAt: Date | null;
  readonly createdAt: Date;
}

export interface NewChannel extends Partial<Allocation>, ChannelCapabilities {
  /** Made up when absent; given when the id had to be known before (it is part of a webhook's address). */
  readonly channelId?: string;
  readonly merchantId: string;
  readonly kind: string;
  readonly channelKey: string;
  readonly settings: unknown;
  readonly defaultLocationId: string;
  /** Default: active. A channel that is still being connected needs to be reconnected until it was, and the reason says so. */
  readonly status?: ChannelStatus;
  readonly statusReason?: string;
}

const COLUMNS = `channel_id as "channelId", merchant_id as "merchantId", kind, channel_key as "channelKey", settings,
  status, status_reason as "statusReason", pushes_inventory as "pushesInventory",
  compares_and_sets as "comparesAndSets", restocks_cancelled as "restocksCancelled",
  applies_within_ms as "appliesWithinMs", revisions_per_day as "revisionsPerDay", poll_every_ms as "pollEveryMs",
  default_location_id as "defaultLocationId", safety_stock as "safetyStock", share::float8 as share, minimum, cap,
  orders_cursor as "ordersCursor", orders_polled_at as "ordersPolledAt", created_at as "createdAt"`;

/** @throws {StoreError} `unknown_merchant`, `channel_key_taken`, `allocation_malformed` */
export async function createChannel(db: Queryable, channel: NewChannel): Promise<Channel> {
  const insert = db.query<Channel>(
    `insert into channel (channel_id, merchant_id, kind, channel_key, settings, default_location_id, pushes_inventory,
       compares_and_sets, restocks_cancelled, applies_within_ms, revisions_per_day, poll_every_ms, safety_stock, share, minimum, cap,
       status, status_reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) returning ${COLUMNS}`,
    [
      channel.channelId ?? randomUUID(),
      channel.merchantId,
      channel.kind,
      channel.channelKey,
      JSON.stringify(channel.settings),
      channel.defaultLocationId,
      channel.pushesInventory,
      channel.comparesAndSets,
      channel.restocksCancelled,
      channel.appliesWithinMs,
      channel.revisionsPerDay,
      channel.pollEveryMs ?? null,
      channel.safetyStock ?? 0,
      channel.share ?? 1,
      channel.minimum ?? 0,
      channel.cap ?? null,
      channel.status ?? "active",
      channel.statusReason ?? null,
    ],
  );
  const { rows } = await naming(insert);
  return one(rows);
}

/**
 * Other settings for a channel that is connected again, and what its platform can do by now.
 *
 * @returns undefined when there is no such channel.
 */
export async function reviseChannel(
  db: Queryable,
  channelId: string,
  revised: ChannelCapabilities & { readonly settings: unknown },
): Promise<Channel | undefined> {
  const { rows } = await db.query<Channel>(
    `update channel set settings = $2, pushes_inventory = $3, compares_and_sets = $4, restocks_cancelled = $5,
       applies_within_ms = $6, revisions_per_day = $7, poll_every_ms = $8
     where channel_id = $1 returning ${COLUMNS}`,
    [
      channelId,
      JSON.stringify(revised.settings),
      revised.pushesInventory,
      revised.comparesAndSets,
      revised.restocksCancelled,
      revised.appliesWithinMs,
      revised.revisionsPerDay,
      revised.pollEveryMs ?? null,
    ],
  );
  return rows[0];
}

export async function findChannel(db: Queryable, channelId: string): Promise<Channel | undefined> {
  const { rows } = await db.query<Channel>(`select ${COLUMNS} from channel where channel_id = $1`, [channelId]);
  return rows[0];
}

export async function listChannels(
  db: Queryable,
  filter: { readonly merchantId?: string; readonly status?: ChannelStatus } = {},
): Promise<Channel[]> {
  const { rows } = await db.query<Channel>(
    `select ${COLUMNS} from channel
     where ($1::text is null or merchant_id = $1) and ($2::text is null or status = $2)
     order by merchant_id, channel_key`,
    [filter.merchantId ?? null, filter.status ?? null],
  );
  return rows;
}

/**
 * Pauses, resumes or asks to reconnect.
 *
 * @param reason for the merchant; null with `active`.
 * @returns whether the status changed, so that the merchant is told once.
 */
export async function setChannelStatus(
  db: Queryable,
  channelId: string,
  status: ChannelStatus,
  reason: string | null,
): Promise<boolean> {
  const { rows } = await db.query<{ changed: boolean }>(
    `with was as (select channel_id, status from channel where channel_id = $1 for update)
     update channel set status = $2, status_reason = $3 from was where channel.channel_id = was.channel_id
     returning was.status <> $2 as changed`,
    [channelId, status, reason],
  );
  return rows[0]?.changed ?? false;
}

/** Where order polling goes on. `polledAt`: every order changed before then is in the ledger; null after a page that was not the last. */
export async function saveOrdersCursor(
  db: Queryable,
  channelId: string,
  cursor: string,
  polledAt: Date | null,
): Promise<void> {
  await db.query(
    `update channel set orders_cursor = $2, orders_polled_at = coalesce($3, orders_polled_at),
       orders_recorded_at = case when $3::timestamptz is null then orders_recorded_at else clock_timestamp() end
     where channel_id = $1`,
    [channelId, cursor, polledAt],
  );
}

function one<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (!row) throw new Error("an insert returned no row");
  return row;
}
