import type { AccountSeed, BuyerOrder, SimulatedAccount, SimulatedKind, SimulatedPrice } from "../simulator.ts";
import type { Accounts } from "./accounts.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "./api.ts";
import type { History } from "./history.ts";
import type { Limits } from "./limits.ts";
import type { Notification, Notifier } from "./notifier.ts";
import type { SeededRandom } from "./random.ts";
import type { Stock } from "./stock.ts";

/** What every channel keeps of an account; a channel adds its own tokens, orders and subscriptions. */
export interface ChannelAccount {
  readonly name: string;
  readonly stock: Stock;
  readonly connection: SimulatedAccount;
}

/** What the kit gives a channel to build itself from. */
export interface Kit<Account extends ChannelAccount> {
  readonly accounts: Accounts<Account>;
  readonly history: History;
  readonly notifier: Notifier;
  readonly random: SeededRandom;
  /** Every account's rate limits, scaled already. */
  readonly limits: Limits;
  /** Multiplies every documented rate limit. */
  readonly scaleLimits: number;
  /** How long the channel takes to apply what it has accepted, where it answers first. */
  readonly processingMs: number;
  /** Whether a scripted fault wants this feed (or other job of the channel's own) never to end; ask once a feed. */
  isFeedStuck(account: string): boolean;
  /** The simulator's own address; throws before it listens. */
  url(): string;
}

export interface CancelledUnits {
  readonly sku: string;
  readonly quantity: number;
}

export interface Refund {
  readonly sku: string;
  readonly quantity: number;
  readonly restock: boolean;
}

/**
 * What makes a channel this channel. Stock, history, faults and the notify plan are the kit's: `place` is called when the
 * units are already taken, `cancel` and `refund` put units back themselves. What they return is then recorded and sent.
 */
export interface ChannelDefinition<Account extends ChannelAccount> {
  readonly kind: SimulatedKind;
  readonly routes: readonly ApiRoute[];
  openAccount(seed: AccountSeed): Account | Promise<Account>;
  /** The name of the account a call belongs to; empty when it doesn't say or says it wrongly. */
  accountOf(request: ApiRequest): string;
  /** The channel's own throttle answer. */
  throttled(request: ApiRequest, operation: string): ApiAnswer;
  /** Revokes the account's tokens, now and for good. */
  revoke(account: Account): void;
  place(
    account: Account,
    order: BuyerOrder,
  ): { readonly orderId: string; readonly notifications: readonly Notification[] };
  cancel(
    account: Account,
    orderId: string,
  ): { readonly restocked: boolean; readonly notifications: readonly Notification[] };
  /** Absent where the channel cancels whole orders only. */
  readonly cancelUnits?: (
    account: Account,
    orderId: string,
    units: CancelledUnits,
  ) => { readonly restocked: boolean; readonly notifications: readonly Notification[] };
  ship(account: Account, orderId: string): readonly Notification[];
  /** Absent where orders stand at once. */
  settle?(account: Account, orderId: string): readonly Notification[];
  /** Absent where the channel does not say of a refund whether units came back. */
  refund?(account: Account, orderId: string, refund: Refund): readonly Notification[];
  /** Switches the account's subscriptions off, as the channel does in life after failed deliveries. */
  switchOff(account: Account): void;
  /** Signs with another secret or key from now on; returns the credentials that the merchant changes, by field.
   * Absent where nothing is signed. */
  readonly rotateSigning?: (account: Account) => { readonly [field: string]: string };
  /** Ends the account's access tokens, as their time does. Absent where an expired token is refused as an unknown one is. */
  readonly expireTokens?: (account: Account) => void;
  /** What buyers are asked now. */
  prices(account: Account): readonly SimulatedPrice[];
  /** Ends what the channel started besides its routes. */
  stop?(): Promise<void>;
}
