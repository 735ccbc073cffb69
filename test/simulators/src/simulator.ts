/**
 * A channel on loopback, as the channel's fact sheet says it behaves: strict rather than kind. Shares no code with
 * the adapters. The same controls are served as HTTP under `/_sim/`, for use from other processes.
 */
export interface Simulator {
  readonly kind: SimulatedKind;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Opens an account (a shop, a seller) with its listings, and returns what a merchant would paste to connect it. */
  addAccount(seed: AccountSeed): Promise<SimulatedAccount>;
  /**
   * A buyer buys on the channel. Atomic: either every line is taken off the listings at once (as the channel itself does),
   * or the order is refused as sold out and nothing changes. The channel's notification follows by `notify`.
   */
  placeOrder(order: BuyerOrder): Promise<{ readonly orderId: string } | { readonly refused: "sold_out" }>;
  /** Amazon: moves a pending order to unshipped. Elsewhere orders stand at once and this is an error. */
  settleOrder(account: string, orderId: string, notify?: NotifyPlan): Promise<void>;
  /** The buyer cancels the whole order before it ships; the channel restocks as it does in life. */
  cancelOrder(account: string, orderId: string, notify?: NotifyPlan): Promise<void>;
  /** Units of one line are cancelled before they ship. Absent where the channel cancels whole orders only. */
  readonly cancelUnits?: (
    account: string,
    orderId: string,
    units: { readonly sku: string; readonly quantity: number; readonly notify?: NotifyPlan },
  ) => Promise<void>;
  /**
   * Units of a SKU are added to an order that was placed, at its line or as a new one. Absent where orders can't be edited.
   * @throws when it is sold out.
   */
  readonly addToOrder?: (
    account: string,
    orderId: string,
    edit: { readonly sku: string; readonly quantity: number; readonly notify?: NotifyPlan },
  ) => Promise<void>;
  /** Units of a SKU are removed from an order, back to stock or not. Absent where orders can't be edited. */
  readonly removeFromOrder?: (
    account: string,
    orderId: string,
    edit: {
      readonly sku: string;
      readonly quantity: number;
      readonly restock: boolean;
      readonly notify?: NotifyPlan;
    },
  ) => Promise<void>;
  /**
   * The merchant stops stocking a SKU at a location. Absent where a listing is everywhere or nowhere.
   * @param locationId as `stock` names it.
   */
  readonly unstock?: (account: string, sku: string, locationId: string) => Promise<void>;
  /** The merchant ships the whole order. */
  shipOrder(account: string, orderId: string, notify?: NotifyPlan): Promise<void>;
  /** Refunds units of one line, back to stock or not; an error where the channel does not tell which. */
  refundOrder(
    account: string,
    orderId: string,
    refund: {
      readonly sku: string;
      readonly quantity: number;
      readonly restock: boolean;
      readonly notify?: NotifyPlan;
    },
  ): Promise<void>;
  /** Sends every notification ever made for the account again, `times` times, oldest first. Resolves when all were answered. */
  redeliver(account: string, times: number): Promise<{ readonly sent: number; readonly failed: number }>;
  /** The channel switches off what the account is subscribed to, as it does in life after failed deliveries. */
  switchOff(account: string): Promise<void>;
  /**
   * From now on the channel signs with another secret or key.
   * @returns the credentials the merchant changes with it, by the connect form's field names; none where the key is the
   *   channel's own. Absent where nothing is signed.
   */
  readonly rotateSigning?: (account: string) => Promise<{ readonly [field: string]: string }>;
  /** The account's access tokens end, as their time does. Absent where an expired token is refused as an unknown one is. */
  readonly expireTokens?: (account: string) => Promise<void>;
  /** What a buyer can buy now, by SKU (and location where the channel has them). */
  stock(account: string): readonly SimulatedStock[];
  /** What a buyer is asked to pay now. */
  prices(account: string): readonly SimulatedPrice[];
  /** How far the account has spent its rate limits, by the simulator's own count; those it has called at least once. */
  limits(account: string): readonly SimulatedLimit[];
  /** Everything that happened, oldest first: API calls, quantity changes, orders, notifications. The test's only judge. */
  history(account?: string): readonly SimulatedEvent[];
  /**
   * Makes the next matching calls, notifications or feeds fail.
   * @throws when it names an operation this channel does not have.
   */
  fault(fault: Fault): void;
  /** What has not hit yet, oldest first; `times` is what is left of it. */
  faults(): readonly Fault[];
  /** Forgets what has not hit yet. */
  clearFaults(): void;
  stop(): Promise<void>;
}

export type SimulatedKind = "shopify" | "amazon" | "ebay" | "walmart";

export interface SimulatorOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Multiplies every documented rate limit; 1 is the channel's real number. */
  readonly scaleLimits?: number;
  /** Seeds what is random (ids, delivery order), so a run can be repeated. */
  readonly seed?: number;
  /**
   * How long the channel takes to apply what it has accepted, where it answers first (Amazon's listings and feeds,
   * Walmart's feeds). Minutes in life; default 5 ms.
   */
  readonly processingMs?: number;
  /** Faults that wait from the start on. */
  readonly faults?: readonly Fault[];
}

export interface AccountSeed {
  /** `acme` for acme.myshopify.com; the seller's short name elsewhere. `[a-z0-9-]{1,40}`. */
  readonly account: string;
  readonly listings: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly title?: string;
    readonly price?: number;
    /** A GTIN, EAN, UPC or ISBN. */
    readonly barcode?: string;
    /** The channel keeps and ships the units itself (Amazon: FBA), so their number can't be written. */
    readonly fulfilledByChannel?: boolean;
  }[];
  /** What the merchant granted the app (Shopify: scopes; Amazon: roles). Default: all that keeping stock in step needs. */
  readonly permissions?: readonly string[];
}

/** Ready for the adapter's `credentials` and `settings` schemas, by the field names each adapter's connect form uses. */
export interface SimulatedAccount {
  readonly account: string;
  readonly credentials: { readonly [field: string]: string };
  readonly settings: { readonly [field: string]: string };
}

export interface BuyerOrder {
  readonly account: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly notify?: NotifyPlan;
  /** Amazon: stay pending until `settleOrder` or `cancelOrder`; default false (the order stands at once). */
  readonly pending?: boolean;
}

/** How the channel tells of it. Default: once, at once. */
export interface NotifyPlan {
  /** 0: the notification is lost. 2: sent twice. */
  readonly copies?: number;
  readonly delayMs?: number;
}

export interface SimulatedStock {
  readonly sku: string;
  readonly externalId: string;
  readonly locationId: string | null;
  /** What a buyer can buy. */
  readonly available: number;
}

export interface SimulatedPrice {
  readonly sku: string;
  readonly price: SimulatedMoney;
  /** The lower price that is shown for a time; null: none now. */
  readonly sale: SimulatedMoney | null;
}

export interface SimulatedMoney {
  /** A decimal such as "19.90". */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** One of an account's rate limits. */
export interface SimulatedLimit {
  /** As the channel names it: an operation, a group of them, "graphql". */
  readonly name: string;
  /** After scaling; 0 where the count starts anew each day. */
  readonly perSecond: number;
  readonly burst: number;
  /** Calls, or cost points, that the channel let through. */
  readonly spent: number;
  /** Calls it turned away for this limit. */
  readonly refused: number;
}

export type SimulatedEvent = { readonly at: number; readonly account: string } & (
  | {
      readonly type: "call";
      readonly method: string;
      readonly path: string;
      /** The operation as the channel's docs name it, such as `inventorySetQuantities` or `patchListingsItem`. */
      readonly operation: string;
      /** When it came in, epoch milliseconds; `at` is when it was answered. */
      readonly startedAt: number;
      readonly status: number;
      /** Whether the channel refused it for its rate limit, also when the HTTP status is 200. */
      readonly throttled: boolean;
    }
  /** A quantity write the channel took, with what a buyer could buy before and after. */
  | {
      readonly type: "quantity_written";
      readonly sku: string;
      readonly locationId: string | null;
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly type: "order_placed";
      readonly orderId: string;
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
    }
  | { readonly type: "order_refused"; readonly lines: readonly { readonly sku: string; readonly quantity: number }[] }
  | { readonly type: "order_cancelled"; readonly orderId: string; readonly restocked: boolean }
  | {
      readonly type: "units_cancelled";
      readonly orderId: string;
      readonly sku: string;
      readonly quantity: number;
      readonly restocked: boolean;
    }
  | { readonly type: "order_shipped"; readonly orderId: string }
  | {
      readonly type: "order_refunded";
      readonly orderId: string;
      readonly sku: string;
      readonly quantity: number;
      readonly restocked: boolean;
    }
  | {
      readonly type: "notified";
      readonly topic: string;
      readonly deliveryId: string;
      readonly status: number | "failed" | "queued" | "lost";
    }
);

/** A scripted failure. */
export interface Fault {
  /** Of a call: the operation's name; absent: every call. */
  readonly operation?: string;
  /** Of a notification: its topic; absent: every topic. */
  readonly topic?: string;
  /** Absent: every account. */
  readonly account?: string;
  /** How many that match pass unharmed before it hits; default 0. */
  readonly after?: number;
  /** How many it hits; default 1. */
  readonly times?: number;
  readonly effect: CallEffect | NotificationEffect | FeedEffect;
}

/** What happens to a call. */
export type CallEffect =
  | {
      readonly type: "status";
      readonly status: number;
      readonly body?: string;
      readonly headers?: { readonly [name: string]: string };
    }
  /** The channel's own throttle answer. */
  | { readonly type: "throttle" }
  | { readonly type: "delay"; readonly ms: number }
  /** The connection is cut before the call is looked at. */
  | { readonly type: "reset" }
  /** The call takes effect, the answer is lost. */
  | { readonly type: "lose_answer" }
  /** The answer stops half way through its JSON. */
  | { readonly type: "cut" }
  /** The account's tokens are revoked, now and for good. */
  | { readonly type: "revoke" };

/** What happens to a notification as it is first sent; `redeliver` sends it all the same. */
export type NotificationEffect =
  | { readonly type: "lose_notification" }
  /** Sent so often in all. */
  | { readonly type: "duplicate_notification"; readonly copies: number }
  | { readonly type: "delay_notification"; readonly ms: number }
  /** Held back until the account's next notification has been answered; for ever when none follows. */
  | { readonly type: "reorder_notification" };

/** What happens to a job of the channel's own, such as a feed of quantities. */
export type FeedEffect =
  /** It is accepted and never worked off. */
  { readonly type: "stick_feed" };
