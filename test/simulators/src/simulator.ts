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
  /** Refunds units of one line, back to stock or not (Shopify only; elsewhere an error). */
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
  /** What a buyer can buy now, by SKU (and location where the channel has them). */
  stock(account: string): readonly SimulatedStock[];
  /** Everything that happened, oldest first: API calls, quantity changes, orders, notifications. The test's only judge. */
  history(account?: string): readonly SimulatedEvent[];
  /** Makes the next matching calls fail. */
  fault(fault: Fault): void;
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
}

export interface AccountSeed {
  /** `acme` for acme.myshopify.com; the seller's short name elsewhere. `[a-z0-9-]{1,40}`. */
  readonly account: string;
  readonly listings: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly title?: string;
    readonly price?: number;
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

export type SimulatedEvent = { readonly at: number; readonly account: string } & (
  | {
      readonly type: "call";
      readonly method: string;
      readonly path: string;
      /** The operation as the channel's docs name it, such as `inventorySetQuantities` or `patchListingsItem`. */
      readonly operation: string;
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
      readonly status: number | "failed" | "queued";
    }
);

/** A scripted failure of matching calls. */
export interface Fault {
  /** Matches the operation's name; absent: every call of the account. */
  readonly operation?: string;
  readonly account?: string;
  /** How many matching calls it hits; default 1. */
  readonly times?: number;
  readonly effect:
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
}
