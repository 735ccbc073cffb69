import type { Logger } from "@lastunit/config";
import type { z } from "zod";
import type {
  ExternalLocation,
  ImportPage,
  InventoryUpdate,
  ListingRef,
  ReadOutcome,
  UpdateOutcome,
} from "./inventory.ts";
import type { Authorization } from "./authorization.ts";
import type { FeedCapability, FeedReport } from "./feeds.ts";
import type { ChannelKind } from "./kinds.ts";
import type { OrderSnapshot } from "./orders.ts";
import type { Outbound } from "./outbound.ts";
import type { Pacer, PaceLimits } from "./pacing.ts";
import type { PriceUpdate } from "./prices.ts";
import type { ChannelSignal, Delivery, InboundFacts, WebhookReceiver } from "./webhooks.ts";

/**
 * One platform. An adapter knows nothing of queues, store or ledger: plain data and a call context in,
 * plain data or `ChannelError` out.
 */
export interface ChannelAdapter<Credentials = unknown, Settings = unknown> {
  readonly kind: ChannelKind;
  /** As the merchant knows it: "Shopify". */
  readonly title: string;
  /** What is kept encrypted; also validates stored values when they are loaded. */
  readonly credentials: z.ZodType<Credentials>;
  /** What is kept in clear: shop domain, seller id, marketplace. */
  readonly settings: z.ZodType<Settings>;
  /** What the connect form and `lastunit connect` ask for; each names a key of `credentials` or `settings`. */
  readonly fields: readonly ConnectField[];
  readonly capabilities: Capabilities;
  /** The channel's documented limits, by bucket; a session paces its calls by these until the channel says otherwise. */
  readonly limits: PaceLimits;
  /** The account's short name for this channel's key, such as `acme` for acme.myshopify.com: `[a-z0-9-]{1,40}`. */
  accountOf(settings: Settings): string;
  /** Makes the client for one channel. Cheap, no I/O; the worker keeps it while the channel is connected. */
  open(connection: ChannelConnection<Credentials, Settings>): ChannelSession;
  /**
   * The credentials of a channel that is connected again: those `given` now, with what goes on of the `stored` ones, such
   * as a secret made here that the platform signs with, or since when a part that stays the same is in use. Absent:
   * nothing goes on.
   */
  carryOver?(given: Credentials, stored: Credentials): Credentials;
  /** Absent where there is no consent page; then every field is typed in. */
  readonly authorization?: Authorization<Credentials, Settings>;
  /** Absent when the channel never calls us over HTTP (Amazon delivers through SQS). */
  readonly webhooks?: WebhookReceiver<Credentials, Settings>;
}

export interface Capabilities {
  /** False for channels we only hear from (POS, 3PL): nothing is pushed. */
  readonly pushesInventory: boolean;
  /** Listings in one `pushInventory` call. */
  readonly listingsPerCall: number;
  /**
   * Where a push spends one of several limits, by its listing (eBay's two APIs): these buckets of `limits`, and how many
   * of their listings one request takes. Each is then paced and, when the channel throttles it, held by itself, and a
   * `pushInventory` call has listings of one alone. Absent: all pushes spend the same.
   */
  readonly pushBuckets?: { readonly [bucket: string]: { readonly listingsPerCall: number } };
  /**
   * The channel itself refuses a write when its number has moved (Shopify's `changeFromQuantity`).
   * Where false, the worker reads before it raises a quantity.
   */
  readonly comparesAndSets: boolean;
  /** The channel puts units back on its listing by itself when an order is cancelled; where false, what it shows is then unknown. */
  readonly restocksCancelled: boolean;
  /**
   * An order may be pending at first: its units are held, and sold or let go of later (Amazon). The sale of each line then
   * names the line's reservation.
   */
  readonly ordersMayPend?: boolean;
  /** How long after `accepted` the channel may still show the old quantity, in milliseconds; 0 where it shows at once. */
  readonly appliesWithinMs: number;
  /** How often a listing may be revised in a day (eBay: 250); null where there is no such limit. */
  readonly revisionsPerDay: number | null;
  /**
   * What the number means that the channel takes: the units a buyer can buy, or those plus the ones sold there and
   * not yet shipped (Walmart). The adapter adds them; a quantity is always what a buyer can buy on our side.
   */
  readonly quantityBasis: "available" | "includes_unshipped";
  /** Null where quantities are set by calls only. */
  readonly feeds: FeedCapability | null;
  /** Listings in one `pushPrices` call; 0 where prices are not pushed. */
  readonly pricesPerCall: number;
  /** How often orders may be polled day and night, in milliseconds between two polls; absent: as often as we like. */
  readonly pollEveryMs?: number;
}

export interface ConnectField {
  readonly name: string;
  /** Which of the two schemas has the key. */
  readonly part: "credentials" | "settings";
  readonly label: string;
  readonly help: string;
  /** Sensitive values are encrypted, masked in every listing and never logged. */
  readonly sensitive: boolean;
  readonly required: boolean;
}

/** What a session is opened with. */
export interface ChannelConnection<Credentials, Settings> {
  readonly channelId: string;
  /** `<kind>:<account>`, for instance `shopify:acme`. */
  readonly key: string;
  readonly settings: Settings;
  readonly credentials: CredentialBox<Credentials>;
  readonly outbound: Outbound;
  readonly pacer: Pacer;
  readonly log: Logger;
}

/** A channel's credentials, which may be renewed by any process at any time. */
export interface CredentialBox<Credentials> {
  /** The newest stored value. */
  read(): Promise<Credentials>;
  /**
   * Renews them single-flight across all processes: takes the channel's lock, re-reads, calls `renew` with what is
   * stored now (another process may just have renewed: return it unchanged then), stores the result, returns it.
   */
  renew(renew: (current: Credentials) => Promise<Credentials>): Promise<Credentials>;
}

/** The limits of one call. */
export interface CallContext {
  /** Aborts when the call's deadline (15 s at most) passes or the process stops. */
  readonly signal: AbortSignal;
  /** Names this intent; repeating a write under the same key must not change the result. A UUID. */
  readonly idempotencyKey: string;
  /** `background` for reads that nobody waits for (read-backs): they must never starve a push. Default `prompt`. */
  readonly urgency?: "prompt" | "background";
  readonly log: Logger;
}

/** A live client of one channel. Every method throws `ChannelError` when the call as a whole failed. */
export interface ChannelSession {
  /** Proves the credentials and names exactly what is missing (scope, role, location). */
  check(call: CallContext): Promise<ConnectionReport>;
  locations(call: CallContext): Promise<readonly ExternalLocation[]>;
  importListings(cursor: string | null, call: CallContext): Promise<ImportPage>;
  /**
   * Sets what each listing shows. At most `listingsPerCall` updates, no listing twice.
   * @returns one outcome per update, in input order: partial success is normal.
   * @throws {ChannelError} `rate_limited` when nothing was written; once anything was, the rest is `throttled` instead.
   */
  pushInventory(updates: readonly InventoryUpdate[], call: CallContext): Promise<readonly UpdateOutcome[]>;
  /** Reads back what the channel shows, one outcome per listing, in input order. Chunks by itself. */
  readInventory(listings: readonly ListingRef[], call: CallContext): Promise<readonly ReadOutcome[]>;
  /**
   * Sets many quantities as one job of the channel's. Present exactly where `capabilities.feeds` is.
   * @returns the channel's id of the feed. Until it is done no other write of these listings may be made.
   * @throws {ChannelError} `unavailable` when the channel may have taken it all the same; with the code `NOT_SUBMITTED`
   *   when it certainly has not.
   */
  submitFeed?(updates: readonly InventoryUpdate[], call: CallContext): Promise<string>;
  /**
   * What became of a feed, also one that another process submitted with these updates. Rows with the code `FEED_STUCK`
   * are no longer waited for, and may still be worked off by the channel.
   */
  collectFeed?(feedId: string, updates: readonly InventoryUpdate[], call: CallContext): Promise<FeedReport>;
  /**
   * Takes back a feed that the channel has not begun to work off: nothing of it is written then, and `collectFeed` says
   * `retry` of every row. Absent where the channel takes none back.
   * @returns whether it was taken back; false when it has begun or ended: `collectFeed` tells what becomes of it.
   */
  cancelFeed?(feedId: string, call: CallContext): Promise<boolean>;
  /** Sets prices, at most `pricesPerCall`. @returns as `pushInventory`. Absent where prices are not pushed. */
  pushPrices?(updates: readonly PriceUpdate[], call: CallContext): Promise<readonly UpdateOutcome[]>;
  /**
   * Orders changed since then, with an overlap; the second source beside webhooks.
   *
   * @param from the cursor of the page before; for the first page, when the channel was connected: however long ago that
   *   is, nothing that changed since may be left out.
   */
  pollOrders(from: string | Date, call: CallContext): Promise<OrderPage>;
  /**
   * Makes the channel send its events to `url`; safe to repeat, mends what is missing or was switched off.
   * Absent where nothing can be subscribed.
   * @returns what it had to mend, one sentence each; empty when all of it stood.
   */
  subscribe?(url: string, call: CallContext): Promise<readonly string[]>;
  /** Long-polls the channel's own queue (Amazon: SQS), at most `waitSeconds`. Absent elsewhere. */
  receive?(waitSeconds: number, call: CallContext): Promise<readonly ReceivedDelivery[]>;
  /** What a stored delivery means. May ask the channel (a webhook that is only a hint). */
  normalize(delivery: Delivery, call: CallContext): Promise<InboundFacts>;
  /** Ends connections and timers. */
  close(): Promise<void>;
}

export interface ConnectionReport {
  readonly ok: boolean;
  /** Who we are connected as, as the merchant would recognize it. */
  readonly account: string;
  /** One sentence each: what is missing and how to mend it. Empty when ok. */
  readonly problems: readonly string[];
  /**
   * When the merchant must next do something to keep the access alive (a refresh token or client secret ends), ISO
   * 8601, and what; null where nothing ends or the channel does not tell.
   */
  readonly renewBy: { readonly at: string; readonly what: string } | null;
}

export interface OrderPage {
  readonly orders: readonly OrderSnapshot[];
  /** Where to go on; store it once every order of this page is in the ledger. */
  readonly cursor: string;
  /** Whether another page follows at once. */
  readonly more: boolean;
  /**
   * Of the last page: every order changed before then was told, ISO 8601. Absent: before the poll began. Never later than
   * the end of a window that is fixed: another process may go on with it, long after. Earlier where what changed last may
   * not be told yet (Amazon, eBay).
   */
  readonly completeUntil?: string;
  /** What these orders tell besides, such as that a listing's number is in doubt. Absent: nothing. */
  readonly signals?: readonly ChannelSignal[];
}

export interface ReceivedDelivery {
  readonly delivery: Delivery;
  /** Tells the channel's queue that the delivery is durably stored here. */
  acknowledge(): Promise<void>;
}
