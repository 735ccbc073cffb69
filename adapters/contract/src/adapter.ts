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
import type { ChannelKind } from "./kinds.ts";
import type { OrderSnapshot } from "./orders.ts";
import type { Outbound } from "./outbound.ts";
import type { Pacer, PaceLimits } from "./pacing.ts";
import type { Delivery, InboundFacts, WebhookReceiver } from "./webhooks.ts";

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
  /** Absent when the channel never calls us over HTTP (Amazon delivers through SQS). */
  readonly webhooks?: WebhookReceiver<Credentials, Settings>;
}

export interface Capabilities {
  /** False for channels we only hear from (POS, 3PL): nothing is pushed. */
  readonly pushesInventory: boolean;
  /** Listings in one `pushInventory` call. */
  readonly listingsPerCall: number;
  /**
   * The channel itself refuses a write when its number has moved (Shopify's `changeFromQuantity`).
   * Where false, the worker reads before it raises a quantity.
   */
  readonly comparesAndSets: boolean;
  /** The channel puts units back on its listing by itself when an order is cancelled; where false, what it shows is then unknown. */
  readonly restocksCancelled: boolean;
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
  /** Orders changed since the cursor, with an overlap; the second source beside webhooks. */
  pollOrders(cursor: string | null, call: CallContext): Promise<OrderPage>;
  /** Makes the channel send its events to `url`; safe to repeat, mends what is missing. Absent where nothing can be subscribed. */
  subscribe?(url: string, call: CallContext): Promise<void>;
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
}

export interface OrderPage {
  readonly orders: readonly OrderSnapshot[];
  /** Where to go on; store it once every order of this page is in the ledger. */
  readonly cursor: string;
  /** Whether another page follows at once. */
  readonly more: boolean;
}

export interface ReceivedDelivery {
  readonly delivery: Delivery;
  /** Tells the channel's queue that the delivery is durably stored here. */
  acknowledge(): Promise<void>;
}
